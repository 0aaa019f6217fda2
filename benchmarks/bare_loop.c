/* A chain-year as a bare loop: the same customers as the lab's, and the least that can be done with them.
 *
 * cc -O3 -march=native bare_loop.c -lm; ./a.out STORES DAYS CUSTOMERS LINES SKUS TILLS
 *
 * Customers come at Poisson instants with baskets of distinct SKUs (alias table, Zipf 0.7), take the till that is free first, and hold it for a
 * lognormal time per ticket and per item. A shelf that has a unit gives it, another loses the sale. Each evening every SKU at half its level or
 * below is filled up to it. No event calendar, nobody loses patience, nothing is on its way.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t s[4] = {1, 2, 3, 4};

static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/* xoshiro256+ (Blackman and Vigna 2018) */
static inline uint64_t bits(void) {
    uint64_t out = s[0] + s[3], t = s[1] << 17;
    s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 45);
    return out;
}

static inline double uniform(void) { return (bits() >> 11) * 0x1p-53; }

/* Two independent normals (Box and Muller 1958). */
static inline double normal_pair(double *other) {
    double r = sqrt(-2 * log(1 - uniform())), angle = 6.283185307179586 * uniform();
    *other = r * sin(angle);
    return r * cos(angle);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* An entry of an alias table (Vose 1991): its first SKU with probability `keep`, else its second. Without a branch to guess wrongly. */
struct entry {
    double keep;
    int32_t sku[2];
};

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

int main(int argc, char **argv) {
    if (argc != 7) return 64;
    int stores = atoi(argv[1]), days = atoi(argv[2]), customers = atoi(argv[3]), lines = atoi(argv[4]), skus = atoi(argv[5]);
    int tills = atoi(argv[6]);
    double *weight = malloc(skus * sizeof *weight), sum = 0, open_s = 13 * 3600.0, wait = 0;
    for (int i = 0; i < skus; i++) sum += weight[i] = pow(i + 1, -0.7);
    for (int i = 0; i < skus; i++) weight[i] /= sum;
    struct entry *table = malloc(skus * sizeof *table);
    int32_t *level = malloc(skus * sizeof *level);
    alias(skus, weight, table);
    int32_t *shelf = malloc((size_t)stores * skus * sizeof *shelf);
    for (int i = 0; i < skus; i++) level[i] = ceil(8 * weight[i] * customers * lines);
    for (int store = 0; store < stores; store++)
        for (int i = 0; i < skus; i++) shelf[(size_t)store * skus + i] = level[i];
    int64_t *held = malloc(skus * sizeof *held);
    for (int i = 0; i < skus; i++) held[i] = -1;
    double *free_s = malloc(tills * sizeof *free_s);
    int64_t came = 0, sold = 0, lost = 0, ordered = 0;
    double began = now();
    for (int day = 0; day < days; day++)
        for (int store = 0; store < stores; store++) {
            int32_t *row = shelf + (size_t)store * skus;
            double t = 0;
            for (int k = 0; k < tills; k++) free_s[k] = 0;
            while ((t -= log(1 - uniform()) * open_s / customers) < open_s) {
                int first = 0;
                for (int k = 1; k < tills; k++) if (free_s[k] < free_s[first]) first = k;
                double start = free_s[first] > t ? free_s[first] : t;
                wait += start - t;
                double z, other = normal_pair(&z);
                free_s[first] = start + 8 + 12 * exp(0.385 * z - 0.074) + 2.6 * lines * exp(0.294 * other - 0.043);
                for (int k = 0; k < lines; k++) {
                    double u = uniform() * skus;
                    int i = table[(int)u].sku[u - (int)u >= table[(int)u].keep];
                    if (held[i] == came) {
                        k--;
                        continue;
                    }
                    held[i] = came;
                    if (row[i] > 0) row[i]--, sold++;
                    else lost++;
                }
                came++;
            }
            for (int i = 0; i < skus; i++)
                if (2 * row[i] <= level[i]) ordered += level[i] - row[i], row[i] = level[i];
        }
    double wall = now() - began;
    printf("{\"wall_s\": %.4f, \"customers\": %lld, \"lines\": %lld, \"lost\": %lld, \"ordered\": %lld, \"mean_wait_s\": %.3f}\n",
           wall, (long long)came, (long long)(sold + lost), (long long)lost, (long long)ordered, wait / came);
    return 0;
}
