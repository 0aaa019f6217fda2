/* The bare work of order sourcing as a C programmer would write it by hand: what the compiled core is measured against.

   Every zone ranks its `locations` candidates by cost. There is nothing else to look at: no reservations, no safety stock, no
   capacity, no priorities, one unit a line, the lines of a basket of distinct SKUs. */
#include <math.h>
#include <stdint.h>

/* Every line from the first location of its zone that has stock; location[i] is -1 where nobody has. */
void nearest(int64_t *stock, int64_t skus, int64_t locations, const int32_t *ranked, int64_t lines, const int32_t *sku,
             const int32_t *zone, int32_t *location)
{
    for (int64_t i = 0; i < lines; i++) {
        const int32_t *place = ranked + zone[i] * locations;
        location[i] = -1;
        for (int64_t r = 0; r < locations; r++) {
            int64_t *units = stock + place[r] * skus + sku[i];
            if (*units > 0) {
                --*units;
                location[i] = place[r];
                break;
            }
        }
    }
}

enum { MOST_PLACES = 32 };

/* The places that hold any line of a basket: which lines, and what a unit costs there. */
struct basket {
    int lines, places;
    uint64_t lines_held[MOST_PLACES];
    double cost[MOST_PLACES];
    int32_t location[MOST_PLACES];
    int chosen[MOST_PLACES], best[MOST_PLACES];
    double least;
};

/* Among all sets of `size` places that together hold all lines, the one whose lines, each from its cheapest, cost least. */
static void search(struct basket *b, int size, int depth, int from, uint64_t wanted)
{
    for (int p = from; p < b->places; p++) {
        b->chosen[depth] = p;
        uint64_t still = wanted & ~b->lines_held[p];
        if (still == wanted)
            continue;
        if (depth + 1 < size) {
            search(b, size, depth + 1, p + 1, still);
        } else if (!still) {
            double total = 0;
            for (int i = 0; i < b->lines; i++)
                for (int d = 0; d < size; d++)
                    if (b->lines_held[b->chosen[d]] >> i & 1) {
                        total += b->cost[b->chosen[d]];
                        break;
                    }
            if (total < b->least) {
                b->least = total;
                for (int d = 0; d < size; d++)
                    b->best[d] = b->chosen[d];
            }
        }
    }
}

/* Every basket from the first location that has all of it, else in as few parcels as can be, and those the cheapest. */
void complete(int64_t *stock, int64_t skus, int64_t locations, const int32_t *ranked, const double *ship_cost,
              int64_t zones, int64_t orders, const int64_t *start, const int32_t *sku, const int32_t *zone, int32_t *location)
{
    for (int64_t o = 0; o < orders; o++) {
        const int32_t *place = ranked + zone[o] * locations;
        const int32_t *item = sku + start[o];
        int32_t *answer = location + start[o];
        int lines = (int)(start[o + 1] - start[o]);
        int64_t r;
        for (r = 0; r < locations; r++) {
            int i = 0;
            while (i < lines && stock[place[r] * skus + item[i]] > 0)
                i++;
            if (i == lines)
                break;
        }
        if (r < locations) {
            for (int i = 0; i < lines; i++) {
                answer[i] = place[r];
                stock[place[r] * skus + item[i]]--;
            }
            continue;
        }
        struct basket b = {.lines = lines, .places = 0, .least = INFINITY};
        uint64_t wanted = 0;
        for (r = 0; r < locations && b.places < MOST_PLACES; r++) {
            uint64_t held = 0;
            for (int i = 0; i < lines; i++)
                held |= (uint64_t)(stock[place[r] * skus + item[i]] > 0) << i;
            if (held) {
                b.lines_held[b.places] = held;
                b.cost[b.places] = ship_cost[place[r] * zones + zone[o]];
                b.location[b.places++] = place[r];
                wanted |= held;
            }
        }
        int size = 0;
        while (wanted && b.least == INFINITY && size < lines)
            search(&b, ++size, 0, 0, wanted);
        for (int i = 0; i < lines; i++) {
            answer[i] = -1;
            for (int d = 0; d < size; d++)
                if (b.lines_held[b.best[d]] >> i & 1) {
                    answer[i] = b.location[b.best[d]];
                    stock[answer[i] * skus + item[i]]--;
                    break;
                }
        }
    }
}
