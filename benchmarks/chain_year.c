/* A chain-year as a C programmer would write it for this one scenario (chain-year.yaml): what the lab's whole run is measured against.
 *
 * cc -O3 -march=native chain_year.c -lm; ./a.out STORES DAYS CUSTOMERS LINES SKUS TILLS
 *
 * The features of that scenario: Poisson arrivals with Gamma factors of the day and the hour; lognormal shopping times; baskets of distinct SKUs
 * (alias table, Zipf 0.7) filled from the shelf when the customer joins; one line before the tills, exponential patience, goods of who gives up
 * put back; tickets of a lognormal time per ticket and per item, a payment channel's time, a member's look-up and a checkout of lognormal
 * latency; an event calendar (binary heap) of joinings, deadlines and completions; sales, losses, waits, till time and value by store and hour;
 * shelves refilled hourly from the back room; a book that hears of sales late; one ticket in a hundred back after three days; a daily
 * min-max review in packs by the book; three warehouses that share what they have, pick, and deliver half a day later; two suppliers with
 * lognormal lead times, one of them short now and then; shrinkage, mis-scans, and counts every thirty days.
 *
 * Left out, for the lab's sake: scenario files, faults, regimes, other policies, named streams, traces, records on disk.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOURS = 24, OPENS = 9, CLOSES = 22, PACK = 6, WAREHOUSES = 3, COUNTERS = 12, MOST_TILLS = 64, MOST_LINES = 64 };
enum { CAME, PAID, GAVE_UP, WAIT_S, BUSY_S, SYSTEM_S, LATE, WANTED, SOLD, LOST, VALUE, LOST_VALUE };
enum { COMPLETION, DEADLINE, JOINING };

static uint64_t s[4] = {1, 2, 3, 4};

static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/* xoshiro256+ (Blackman and Vigna 2018) */
static inline double uniform(void) {
    uint64_t out = s[0] + s[3], t = s[1] << 17;
    s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 45);
    return (out >> 11) * 0x1p-53;
}

static inline double exponential(double mean) { return -mean * log(1 - uniform()); }

/* Box and Muller (1958), both halves used. */
static inline double normal(void) {
    static double kept;
    static int have;
    if (have) { have = 0; return kept; }
    double r = sqrt(-2 * log(1 - uniform())), angle = 6.283185307179586 * uniform();
    kept = r * sin(angle);
    have = 1;
    return r * cos(angle);
}

static inline double lognormal(double mean, double cv) {
    double sigma2 = log1p(cv * cv);
    return mean * exp(sqrt(sigma2) * normal() - sigma2 / 2);
}

/* Marsaglia and Tsang (2000), shape above 1, mean 1. */
static double gamma_factor(double shape) {
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = normal(), v = 1 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        if (log(1 - uniform()) < 0.5 * x * x + d - d * v + d * log(v)) return d * v / shape;
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* An entry of an alias table (Vose 1991): its first SKU with probability `keep`, else its second. */
struct entry { double keep; int32_t sku[2]; };

static void alias(int n, const double *weight, struct entry *table) {
    double *p = malloc(n * sizeof *p);
    int *small = malloc(n * sizeof *small), *large = malloc(n * sizeof *large), few = 0, many = 0;
    for (int i = 0; i < n; i++) {
        p[i] = weight[i] * n;
        table[i] = (struct entry){1, {i, i}};
        if (p[i] < 1) small[few++] = i; else large[many++] = i;
    }
    while (few && many) {
        int i = small[--few], j = large[--many];
        table[i].keep = p[i];
        table[i].sku[1] = j;
        p[j] -= 1 - p[i];
        if (p[j] < 1) small[few++] = j; else large[many++] = j;
    }
    free(p); free(small); free(large);
}

struct event { double t; int32_t kind, who; };

static struct event *heap;
static int waiting_events;

static inline int earlier(struct event a, struct event b) {
    if (a.t != b.t) return a.t < b.t;
    return a.kind != b.kind ? a.kind < b.kind : a.who < b.who;
}

static inline void schedule(double t, int kind, int who) {
    struct event e = {t, kind, who};
    int i = waiting_events++;
    while (i && earlier(e, heap[(i - 1) / 2])) heap[i] = heap[(i - 1) / 2], i = (i - 1) / 2;
    heap[i] = e;
}

static inline struct event next_event(void) {
    struct event top = heap[0], last = heap[--waiting_events];
    int i = 0;
    for (;;) {
        int child = 2 * i + 1;
        if (child >= waiting_events) break;
        if (child + 1 < waiting_events && earlier(heap[child + 1], heap[child])) child++;
        if (!earlier(heap[child], last)) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

struct customer {
    double joined_s, patience_s, ticket_s, item_s, pay_s, system_s, started_s;
    int32_t first, got, next, inside;
};

struct shipment { double t; int32_t from, to; int32_t *units; struct shipment *next; };

static int stores, days, customers, lines, skus, tills;
static struct entry *table;
static struct customer *people;
static int32_t *line_sku, *line_got;
static double *weight, *price, *counted;
static int64_t *shelf, *physical, *in_baskets, *unsynced, *book, *on_order, *sold_today;
static double *demand;
static struct shipment *under_way;
static int64_t came, drawn_lines, returned;
static double system_mean = 0.35;

static void send(double t, int from, int to, const int32_t *units) {
    struct shipment *new = malloc(sizeof *new);
    *new = (struct shipment){t, from, to, malloc(skus * sizeof *units), under_way};
    memcpy(new->units, units, skus * sizeof *units);
    under_way = new;
}

static void arrive(double until) {
    for (struct shipment **at = &under_way; *at;) {
        struct shipment *due = *at;
        if (due->t > until) { at = &due->next; continue; }
        size_t row = (size_t)due->to * skus;
        for (int i = 0; i < skus; i++) physical[row + i] += due->units[i], book[row + i] += due->units[i], on_order[row + i] -= due->units[i];
        *at = due->next;
        free(due->units); free(due);
    }
}

/* Which of a bucket of returns a day's tickets come back in: SKUs and units, three days ahead. */
struct returns { int n, room; int32_t *sku, *units; };

static void bring(struct returns *to, int32_t sku, int32_t units) {
    if (to->n == to->room) {
        to->room = 2 * to->room + 64;
        to->sku = realloc(to->sku, to->room * sizeof *to->sku);
        to->units = realloc(to->units, to->room * sizeof *to->units);
    }
    to->sku[to->n] = sku;
    to->units[to->n++] = units;
}

static void refill(int store, const int32_t *capacity) {
    size_t row = (size_t)store * skus;
    for (int i = 0; i < skus; i++) {
        int64_t full = physical[row + i] < capacity[i] ? physical[row + i] : capacity[i];
        if (full > shelf[row + i]) shelf[row + i] = full;
    }
}

static void store_day(int store, const int32_t *capacity, int32_t *held, struct returns *back) {
    size_t row = (size_t)store * skus;
    int64_t *on_shelf = shelf + row, *here = physical + row, *taken = in_baskets + row, *unheard = unsynced + row, *sold = sold_today + row;
    double hours[COUNTERS][HOURS] = {{0}}, of_day = gamma_factor(24);
    int n = 0, m = 0, busy[MOST_TILLS], free_tills = tills, head = -1, tail = -1;
    waiting_events = 0;
    for (int k = 0; k < tills; k++) busy[k] = -1;
    for (int h = OPENS; h < CLOSES; h++) {
        double mean = customers / (double)(CLOSES - OPENS) * of_day * gamma_factor(100), t = 0;
        while ((t += exponential(3600 / mean)) < 3600) {
            struct customer *c = &people[n];
            c->joined_s = h * 3600 + t + lognormal(900, 0.5);
            c->patience_s = exponential(900);
            c->ticket_s = lognormal(12, 0.4);
            c->item_s = lognormal(2.6, 0.3);
            double u = uniform();
            c->pay_s = u < 0.82 ? 6 : u < 0.92 ? 14 : 20;
            c->system_s = lognormal(system_mean, 0.6) + (uniform() < 0.5 ? lognormal(system_mean, 0.6) : 0);
            c->first = m;
            for (int k = 0; k < lines;) {
                double v = uniform() * skus;
                int32_t i = table[(int)v].sku[v - (int)v >= table[(int)v].keep];
                if (held[i] == n) continue;
                held[i] = n;
                line_sku[m + k++] = i;
            }
            m += lines;
            hours[CAME][h]++;
            hours[WANTED][h] += lines;
            schedule(c->joined_s, JOINING, n++);
        }
    }
    for (int i = 0; i < skus; i++) held[i] = -1;
    came += n;
    drawn_lines += m;
    double next_refill = OPENS * 3600;
    while (waiting_events) {
        struct event e = next_event();
        if (e.t >= 86400) break;
        while (next_refill <= e.t && next_refill < CLOSES * 3600) refill(store, capacity), next_refill += 3600;
        struct customer *c = &people[e.who];
        int hour = e.t / 3600, call = 0;
        if (e.kind == JOINING) {
            c->got = 0;
            for (int k = 0; k < lines; k++) {
                int32_t i = line_sku[c->first + k];
                int32_t has = on_shelf[i] > 0;
                on_shelf[i] -= has; here[i] -= has; taken[i] += has;
                line_got[c->first + k] = has;
                c->got += has;
                if (!has) hours[LOST][hour]++, hours[LOST_VALUE][hour] += price[i];
            }
            if (!c->got) continue;
            c->inside = 1;
            c->next = -1;
            if (head < 0) head = e.who; else people[tail].next = e.who;
            tail = e.who;
            if (free_tills) call = 1; else schedule(e.t + c->patience_s, DEADLINE, e.who);
        } else if (e.kind == DEADLINE) {
            if (c->inside != 1) continue;
            c->inside = 2;  /* leaves the line when its turn would come */
            hours[GAVE_UP][hour]++;
            for (int k = c->first; k < c->first + lines; k++) {
                int32_t i = line_sku[k], had = line_got[k];
                on_shelf[i] += had; here[i] += had; taken[i] -= had;
                hours[LOST][hour] += had;
                hours[LOST_VALUE][hour] += had * price[i];
            }
        } else {
            int who = busy[e.who];
            c = &people[who];
            hours[PAID][hour]++;
            hours[SYSTEM_S][hour] += c->system_s;
            hours[LATE][hour] += c->started_s - c->joined_s > 300;
            for (double from = c->started_s; from < e.t;) {
                int h = from / 3600;
                double to = (h + 1) * 3600 < e.t ? (h + 1) * 3600 : e.t;
                hours[BUSY_S][h] += to - from;
                from = to;
            }
            int comes_back = uniform() < 0.01;
            for (int k = c->first; k < c->first + lines; k++) {
                int32_t i = line_sku[k], had = line_got[k];
                taken[i] -= had; unheard[i] += had; sold[i] += had;
                hours[SOLD][hour] += had;
                hours[VALUE][hour] += had * price[i];
                if (comes_back && had) bring(back, i, had);
            }
            busy[e.who] = -1;
            free_tills++;
            call = 1;
        }
        while (call && free_tills && head >= 0) {
            int who = head;
            head = people[who].next;
            if (people[who].inside != 1) continue;
            int till = 0;
            while (busy[till] >= 0) till++;
            struct customer *next = &people[who];
            next->inside = 0;
            next->started_s = e.t;
            hours[WAIT_S][hour] += e.t - next->joined_s;
            busy[till] = who;
            free_tills--;
            schedule(e.t + next->ticket_s + next->got * next->item_s + next->pay_s + next->system_s, COMPLETION, till);
        }
    }
    double *to = counted + (size_t)store * COUNTERS * HOURS;
    for (int k = 0; k < COUNTERS; k++)
        for (int h = 0; h < HOURS; h++) to[k * HOURS + h] += hours[k][h];
}

static void evening(int store, int day, double share) {
    size_t row = (size_t)store * skus;
    int64_t total = 0, *sold = sold_today + row;
    for (int i = 0; i < skus; i++) total += sold[i], book[row + i] -= unsynced[row + i], unsynced[row + i] = 0;
    for (int64_t n = share * total + uniform(); n > 0; n--) {  /* vanish, and are booked as a neighbour */
        int32_t i = table[(int)(uniform() * skus)].sku[0];
        if (physical[row + i]) physical[row + i]--;
        if (shelf[row + i] > physical[row + i]) shelf[row + i] = physical[row + i];
        if (n % 3 == 0) book[row + i]++, book[row + (i + 1) % skus]--;
    }
    if ((day + store) % 30 == 0) memcpy(book + row, physical + row, skus * sizeof *book);
    memset(sold, 0, skus * sizeof *sold);
}

/* Min-max by the book, in packs; returns units wanted. */
static int64_t review(int place, double least, double most, int32_t *wanted) {
    size_t row = (size_t)place * skus;
    int64_t sum = 0;
    for (int i = 0; i < skus; i++) {
        double mean = demand[row + i];
        int64_t position = book[row + i] + on_order[row + i], level = ceil(most * mean);
        int64_t asks = position <= least * mean && level > position ? (level - position + PACK - 1) / PACK * PACK : 0;
        wanted[i] = asks;
        sum += asks;
    }
    return sum;
}

static void night(int day, int32_t *wanted) {
    double midnight = 86400.0 * (day + 1);
    int32_t *given = malloc((size_t)stores * skus * sizeof *given);
    for (int store = 0; store < stores; store++) review(store, 4, 8, given + (size_t)store * skus);
    for (int w = 0; w < WAREHOUSES; w++) {
        size_t row = (size_t)(stores + w) * skus;
        for (int i = 0; i < skus; i++) {
            int64_t asked = 0;
            for (int store = w; store < stores; store += WAREHOUSES) asked += given[(size_t)store * skus + i];
            if (asked <= book[row + i]) continue;
            for (int store = w; store < stores; store += WAREHOUSES) {  /* pro rata, in packs */
                int32_t *share = &given[(size_t)store * skus + i];
                *share = *share * (book[row + i] > 0 ? book[row + i] : 0) / asked / PACK * PACK;
            }
        }
        for (int store = w; store < stores; store += WAREHOUSES) {
            int32_t *units = given + (size_t)store * skus;
            int64_t sum = 0;
            for (int i = 0; i < skus; i++) {
                physical[row + i] -= units[i]; book[row + i] -= units[i];
                on_order[(size_t)store * skus + i] += units[i];
                sum += units[i];
            }
            if (sum) send(midnight + 8 * 3600 + 43200, stores + w, store, units);
        }
        if (review(stores + w, 12, 24, wanted)) {
            for (int supplier = 0; supplier < 2; supplier++) {
                int32_t *units = calloc(skus, sizeof *units);
                for (int i = supplier; i < skus; i += 2)
                    for (int pack = 0; pack < wanted[i] / PACK; pack++) units[i] += supplier && uniform() > 0.97 ? 0 : PACK;
                for (int i = supplier; i < skus; i += 2) on_order[row + i] += units[i];
                send(midnight + 86400 * (supplier ? lognormal(6, 0.3) : lognormal(2, 0.2)), -1, stores + w, units);
                free(units);
            }
        }
    }
    free(given);
}

int main(int argc, char **argv) {
    if (argc != 7) return 64;
    stores = atoi(argv[1]), days = atoi(argv[2]), customers = atoi(argv[3]), lines = atoi(argv[4]), skus = atoi(argv[5]), tills = atoi(argv[6]);
    if (tills > MOST_TILLS || lines > MOST_LINES) return 64;
    int places = stores + WAREHOUSES, most = 4 * customers + 1000;
    size_t cells = (size_t)places * skus;
    weight = malloc(skus * sizeof *weight), price = malloc(skus * sizeof *price), table = malloc(skus * sizeof *table);
    double sum = 0;
    for (int i = 0; i < skus; i++) sum += weight[i] = pow(i + 1, -0.7);
    for (int i = 0; i < skus; i++) weight[i] /= sum, price[i] = lognormal(32, 0.9);
    alias(skus, weight, table);
    people = malloc(most * sizeof *people), heap = malloc(3 * most * sizeof *heap);
    line_sku = malloc((size_t)most * lines * sizeof *line_sku), line_got = malloc((size_t)most * lines * sizeof *line_got);
    counted = calloc((size_t)stores * COUNTERS * HOURS, sizeof *counted);
    double *daily = malloc((size_t)days * stores * COUNTERS * HOURS * sizeof *daily);
    demand = calloc(cells, sizeof *demand);
    shelf = calloc(cells, 8), physical = calloc(cells, 8), in_baskets = calloc(cells, 8), unsynced = calloc(cells, 8);
    book = calloc(cells, 8), on_order = calloc(cells, 8), sold_today = calloc(cells, 8);
    int32_t *capacity = malloc(skus * sizeof *capacity), *held = malloc(skus * sizeof *held), *wanted = malloc(skus * sizeof *wanted);
    for (int i = 0; i < skus; i++) {
        double mean = weight[i] * customers * lines;
        capacity[i] = ceil(3 * mean);
        held[i] = -1;
        for (int store = 0; store < stores; store++) demand[(size_t)store * skus + i] = mean, demand[(size_t)(stores + store % WAREHOUSES) * skus + i] += mean;
    }
    for (size_t k = 0; k < cells; k++) {
        int is_store = k < (size_t)stores * skus;
        book[k] = physical[k] = (int64_t)(ceil((is_store ? 3 + 5 * uniform() : 10 + 14 * uniform()) * demand[k] / PACK)) * PACK;
    }
    struct returns *back = calloc((size_t)stores * 4, sizeof *back);
    double began = now();
    for (int day = 0; day < days; day++) {
        memset(counted, 0, (size_t)stores * COUNTERS * HOURS * sizeof *counted);
        arrive(86400.0 * day + 12 * 3600);
        for (int store = 0; store < stores; store++) {
            struct returns *due = &back[store * 4 + day % 4];
            for (int k = 0; k < due->n; k++) {
                size_t at = (size_t)store * skus + due->sku[k];
                physical[at] += due->units[k]; book[at] += due->units[k]; returned += due->units[k];
            }
            due->n = 0;
            store_day(store, capacity, held, &back[store * 4 + (day + 3) % 4]);
            evening(store, day, 0.003);
        }
        night(day, wanted);
        memcpy(daily + (size_t)day * stores * COUNTERS * HOURS, counted, (size_t)stores * COUNTERS * HOURS * sizeof *counted);
    }
    double wall = now() - began, total[COUNTERS] = {0};
    for (size_t k = 0; k < (size_t)days * stores; k++)
        for (int c = 0; c < COUNTERS; c++)
            for (int h = 0; h < HOURS; h++) total[c] += daily[(k * COUNTERS + c) * HOURS + h];
    printf("{\"wall_s\": %.4f, \"customers\": %lld, \"lines\": %lld, \"mean_wait_s\": %.3f, \"utilisation\": %.4f, \"abandonment\": %.5f, "
           "\"lost_demand\": %.5f, \"returned\": %lld}\n",
           wall, (long long)came, (long long)drawn_lines, total[WAIT_S] / total[PAID],
           total[BUSY_S] / ((double)days * stores * tills * (CLOSES - OPENS) * 3600), total[GAVE_UP] / total[CAME], total[LOST] / total[WANTED],
           (long long)returned);
    return 0;
}
