/* The yardstick for M/M/c: a general event calendar in plain C. Events of any kind wait in one binary heap, ordered by instant and then by the
 * order in which they were planned; customers wait in one line for c servers, first come, first served. */

#include <stdint.h>
#include <stdlib.h>

enum kind { ARRIVAL, DEPARTURE };

typedef struct {
    double t;
    uint64_t planned;
    enum kind kind;
    int server;
} event;

typedef struct {
    event *heap;
    size_t size;
    uint64_t planned;
} calendar;

static int sooner(const event *a, const event *b) {
    return a->t < b->t || (a->t == b->t && a->planned < b->planned);
}

static void plan(calendar *calendar, double t, enum kind kind, int server) {
    event e = {t, calendar->planned++, kind, server};
    size_t at = calendar->size++;
    while (at > 0 && sooner(&e, &calendar->heap[(at - 1) / 2])) {
        calendar->heap[at] = calendar->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    calendar->heap[at] = e;
}

static event next(calendar *calendar) {
    event first = calendar->heap[0], e = calendar->heap[--calendar->size];
    size_t at = 0, below = 1;
    while (below < calendar->size) {
        below += below + 1 < calendar->size && sooner(&calendar->heap[below + 1], &calendar->heap[below]);
        if (!sooner(&calendar->heap[below], &e)) break;
        calendar->heap[at] = calendar->heap[below];
        at = below, below = 2 * at + 1;
    }
    calendar->heap[at] = e;
    return first;
}

/* Plays n customers through c servers; writes how long each one waits. Returns 0, or -1 where there is no memory. */
int play(int64_t n, int c, const double *arrival_s, const double *service_s, double *wait_s) {
    calendar calendar = {malloc((size_t)(c + 2) * sizeof(event)), 0, 0};
    int64_t *line = malloc((size_t)(n + 1) * sizeof *line);
    int *idle = malloc((size_t)(c + 1) * sizeof *idle), idlers = 0;
    int64_t arrived = 0, head = 0, tail = 0;
    if (!calendar.heap || !line || !idle) return -1;
    while (idlers < c) idle[idlers] = idlers, idlers++;
    if (n > 0) plan(&calendar, arrival_s[0], ARRIVAL, 0);
    while (calendar.size > 0) {
        event e = next(&calendar);
        if (e.kind == ARRIVAL) {
            line[tail++] = arrived++;
            if (arrived < n) plan(&calendar, arrival_s[arrived], ARRIVAL, 0);
        } else {
            idle[idlers++] = e.server;
        }
        if (head < tail && idlers > 0) {
            int64_t i = line[head++];
            wait_s[i] = e.t - arrival_s[i];
            plan(&calendar, e.t + service_s[i], DEPARTURE, idle[--idlers]);
        }
    }
    free(calendar.heap), free(line), free(idle);
    return 0;
}
