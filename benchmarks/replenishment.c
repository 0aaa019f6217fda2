/* One warehouse, ten stores, many SKUs under base stock, as a C programmer would write it for this one system: what the chain's own step is
 * measured against.
 *
 * cc -O3 replenishment.c; ./a.out DEMAND PERIODS STORES SKUS STORE_LEVEL WAREHOUSE_LEVEL MEAN
 *
 * It keeps the books that the chain keeps, in int32: of every SKU at every location what is on hand, what the book says, what is on order, in
 * transit and sold; and by location and day the counters that key figures are made from. The rules are those of docs/network.md: goods of
 * yesterday come in, demand takes what is there and the rest is lost, everybody orders up to a level by the book in whole packs, a warehouse
 * that has too little shares it pack by pack with the store that has the fewest days of cover, what nobody gives is forgotten, and the supplier
 * delivers after three days.
 *
 * Left out: events, calendars, lanes of different length, other policies, docks, pickers, trucks, reservations, counts, shelf life. The loop that
 * shares a short stock is the plain one; it is timed in neither program.
 *
 * Prints CPU seconds, then for each location: units sold, on hand, in transit, on order; lines ordered, SKU-days without stock.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LEAD = 3 };
enum { WANTED, SOLD, RECEIVED, ORDERED, LINES, SENT, ON_HAND, VALUE, STOCKED_OUT, GAP, COUNTERS };

static int32_t stores, skus, level, depot_level;
static double mean, *cost;
/* [location, sku]; the warehouse is the last location */
static int32_t *physical, *book, *on_order, *in_transit, *sold, *order, *pack;
static int32_t *bought[LEAD];
static double *counter; /* [day, location, COUNTERS] */

static int32_t *cells(int32_t rows) { return calloc((size_t)rows * (size_t)skus, sizeof(int32_t)); }

static void receive(int32_t l, int32_t *coming, double *count)
{
    int32_t *restrict on_hand = physical + l * skus, *restrict known = book + l * skus, *restrict due = on_order + l * skus;
    int32_t sum = 0;
    for (int32_t k = 0; k < skus; k++) {
        int32_t units = coming[k];
        on_hand[k] += units;
        known[k] += units;
        due[k] -= units;
        coming[k] = 0;
        sum += units;
    }
    count[RECEIVED] = sum;
}

static void sell(int32_t l, const int32_t *restrict wanted, double *count)
{
    int32_t *restrict on_hand = physical + l * skus, *restrict known = book + l * skus, *restrict gone = sold + l * skus;
    int32_t asked = 0, out = 0;
    for (int32_t k = 0; k < skus; k++) {
        int32_t units = wanted[k] < on_hand[k] ? wanted[k] : on_hand[k];
        on_hand[k] -= units;
        known[k] -= units;
        gone[k] += units;
        asked += wanted[k];
        out += units;
    }
    count[WANTED] = asked;
    count[SOLD] = out;
}

static void review(int32_t l, int32_t up_to, double *count)
{
    int32_t *restrict known = book + l * skus, *restrict due = on_order + l * skus, *restrict asks = order + l * skus;
    int32_t sum = 0, lines = 0;
    for (int32_t k = 0; k < skus; k++) {
        int32_t short_of = up_to - known[k] - due[k];
        int32_t units = short_of > 0 ? (short_of + pack[k] - 1) / pack[k] * pack[k] : 0;
        asks[k] = units;
        due[k] += units;
        sum += units;
        lines += units > 0;
    }
    count[ORDERED] = sum;
    count[LINES] = lines;
}

/* One pack after another to the store with the fewest days of cover. */
static void ration(int32_t k, int32_t have)
{
    int32_t given[stores];
    memset(given, 0, sizeof given);
    while (have >= pack[k]) {
        int32_t best = -1;
        double least = 0;
        for (int32_t s = 0; s < stores; s++) {
            int32_t c = s * skus + k;
            if (given[s] >= order[c]) continue;
            int32_t position = book[c] + on_order[c] - order[c];
            double cover = ((position > 0 ? position : 0) + given[s]) / mean;
            if (best < 0 || cover < least) best = s, least = cover;
        }
        if (best < 0) break;
        given[best] += pack[k];
        have -= pack[k];
    }
    for (int32_t s = 0; s < stores; s++) {
        int32_t c = s * skus + k;
        on_order[c] -= order[c] - given[s];
        order[c] = given[s];
    }
}

static void ship(double *count)
{
    int32_t *restrict on_hand = physical + stores * skus, *restrict known = book + stores * skus;
    int32_t total[skus];
    memset(total, 0, sizeof total);
    for (int32_t s = 0; s < stores; s++)
        for (int32_t k = 0; k < skus; k++) total[k] += order[s * skus + k];
    for (int32_t k = 0; k < skus; k++)
        if (total[k] > on_hand[k]) ration(k, on_hand[k]);
    int32_t sent = 0;
    for (int32_t s = 0; s < stores; s++) {
        int32_t *restrict way = in_transit + s * skus;
        const int32_t *restrict units = order + s * skus;
        int32_t sum = 0;
        for (int32_t k = 0; k < skus; k++) {
            on_hand[k] -= units[k];
            known[k] -= units[k];
            way[k] += units[k];
            sum += units[k];
        }
        sent += sum;
    }
    count[SENT] = sent;
}

static void take_stock(int32_t l, double *count)
{
    const int32_t *restrict on_hand = physical + l * skus, *restrict known = book + l * skus;
    int32_t sum = 0, out = 0, gap = 0;
    double value = 0;
    for (int32_t k = 0; k < skus; k++) {
        sum += on_hand[k];
        value += on_hand[k] * cost[k];
        out += on_hand[k] == 0;
        gap += abs(known[k] - on_hand[k]);
    }
    count[ON_HAND] = sum;
    count[VALUE] = value;
    count[STOCKED_OUT] = out;
    count[GAP] = gap;
}

static void play(int32_t t, const int32_t *demand)
{
    double *count = counter + (int64_t)t * (stores + 1) * COUNTERS;
    int32_t *due = bought[t % LEAD];
    receive(stores, due, count + stores * COUNTERS);
    for (int32_t s = 0; s < stores; s++) {
        receive(s, in_transit + s * skus, count + s * COUNTERS);
        sell(s, demand + s * skus, count + s * COUNTERS);
        review(s, level, count + s * COUNTERS);
    }
    ship(count + stores * COUNTERS);
    review(stores, depot_level, count + stores * COUNTERS);
    memcpy(due, order + stores * skus, sizeof(int32_t) * (size_t)skus);
    for (int32_t l = 0; l <= stores; l++) take_stock(l, count + l * COUNTERS);
}

int main(int count, char **said)
{
    if (count != 8) return 64;
    const int32_t periods = atoi(said[2]);
    stores = atoi(said[3]), skus = atoi(said[4]), level = atoi(said[5]), depot_level = atoi(said[6]), mean = atof(said[7]);
    const int64_t a_day = (int64_t)stores * skus;
    int32_t *demand = malloc(sizeof *demand * (size_t)(periods * a_day));
    FILE *file = fopen(said[1], "rb");
    if (!demand || !file || fread(demand, sizeof *demand, (size_t)(periods * a_day), file) != (size_t)(periods * a_day)) return 1;
    fclose(file);
    physical = cells(stores + 1), book = cells(stores + 1), on_order = cells(stores + 1), order = cells(stores + 1);
    in_transit = cells(stores + 1), sold = cells(stores + 1), pack = cells(1);
    for (int32_t n = 0; n < LEAD; n++) bought[n] = cells(1);
    counter = calloc((size_t)(periods * (stores + 1) * COUNTERS), sizeof *counter);
    cost = malloc(sizeof *cost * (size_t)skus);
    for (int32_t k = 0; k < skus; k++) pack[k] = 1 + k % 4, cost[k] = 1;
    for (int64_t c = 0; c < a_day + skus; c++) physical[c] = book[c] = c < a_day ? level : depot_level;
    struct timespec began, ended;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
    for (int32_t t = 0; t < periods; t++) play(t, demand + t * a_day);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
    printf("%.9f\n", (double)(ended.tv_sec - began.tv_sec) + 1e-9 * (double)(ended.tv_nsec - began.tv_nsec));
    for (int32_t l = 0; l <= stores; l++) {
        int64_t out = 0, on_hand = 0, way = 0, due = 0, lines = 0, empty = 0;
        for (int32_t k = 0; k < skus; k++) {
            out += sold[l * skus + k], on_hand += physical[l * skus + k], way += in_transit[l * skus + k], due += on_order[l * skus + k];
        }
        for (int32_t t = 0; t < periods; t++) {
            const double *count = counter + ((int64_t)t * (stores + 1) + l) * COUNTERS;
            lines += (int64_t)count[LINES], empty += (int64_t)count[STOCKED_OUT];
        }
        printf("%lld %lld %lld %lld %lld %lld\n", (long long)out, (long long)on_hand, (long long)way, (long long)due, (long long)lines, (long long)empty);
    }
    return 0;
}
