/* One warehouse, ten stores, many SKUs: base stock, period by period, demand given. What bare C makes of the work that the chain does.

   Stores: receive what was sent yesterday, sell, count, order up to their level; the warehouse sends what it has, store by store, and orders up
   to its own level, which comes three periods later. Demand that finds nothing is lost.

   replenishment demand.bin periods stores skus store_level warehouse_level   prints seconds, units sold, units on hand at the end. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LEAD = 3 };

int main(int count, char **said)
{
    if (count != 7) return 64;
    const int64_t periods = atoll(said[2]), stores = atoll(said[3]), skus = atoll(said[4]);
    const int32_t level = atoi(said[5]), depot_level = atoi(said[6]);
    const int64_t cells = stores * skus;
    int32_t *demand = malloc(sizeof *demand * (size_t)(periods * cells));
    FILE *file = fopen(said[1], "rb");
    if (!demand || !file || fread(demand, sizeof *demand, (size_t)(periods * cells), file) != (size_t)(periods * cells)) return 1;
    fclose(file);
    int32_t *on_hand = malloc(sizeof *on_hand * (size_t)cells), *coming = calloc((size_t)cells, sizeof *coming);
    int32_t *depot = malloc(sizeof *depot * (size_t)skus), *position = malloc(sizeof *position * (size_t)skus);
    int32_t *bought = calloc((size_t)(LEAD * skus), sizeof *bought);
    for (int64_t c = 0; c < cells; c++) on_hand[c] = level;
    for (int64_t k = 0; k < skus; k++) depot[k] = position[k] = depot_level;
    int64_t sold = 0;
    struct timespec began, ended;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
    for (int64_t t = 0; t < periods; t++) {
        int32_t *due = bought + (t % LEAD) * skus;
        for (int64_t k = 0; k < skus; k++) depot[k] += due[k];
        for (int64_t s = 0; s < stores; s++) {
            int32_t *have = on_hand + s * skus, *way = coming + s * skus;
            const int32_t *want = demand + (t * stores + s) * skus;
            for (int64_t k = 0; k < skus; k++) {
                int32_t stock = have[k] + way[k];
                int32_t out = want[k] < stock ? want[k] : stock;
                sold += out;
                stock -= out;
                int32_t order = level > stock ? level - stock : 0;
                int32_t given = order < depot[k] ? order : depot[k];
                depot[k] -= given;
                position[k] -= given;
                have[k] = stock;
                way[k] = given;
            }
        }
        for (int64_t k = 0; k < skus; k++) {
            due[k] = depot_level - position[k];
            position[k] = depot_level;
        }
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
    int64_t left = 0;
    for (int64_t c = 0; c < cells; c++) left += on_hand[c] + coming[c];
    for (int64_t k = 0; k < skus; k++) left += depot[k];
    printf("%.9f %lld %lld\n", (double)(ended.tv_sec - began.tv_sec) + 1e-9 * (double)(ended.tv_nsec - began.tv_nsec), (long long)sold, (long long)left);
    return 0;
}
