#include "model/slabs.h"

#include "base/cpu.h"
#include "base/size.h"
#include "model/parameters.h"

#include <assert.h>
#include <omp.h>
#include <sched.h>
#include <string.h>

/* Rows of a slab: products of so many run near their peak. Sequences up to WHOLE
 * are not cut. Panels are kept where they add no more than twice these elements;
 * larger layers also outgrow the cache, and gain nothing from slabs. */
enum { ROWS = 64, WHOLE = 128, ELEMENTS_MOST = 3 << 20 };

bool lk_slabs_fit(const lk_model_config *c)
{
	return c->layers * c->width *
			(lk_qkv_rows(c) + c->heads * c->head_size + lk_up_rows(c) +
					c->hidden) <=
			ELEMENTS_MOST;
}

/* All rows together. */
static lk_slabs one_slab(size_t B, size_t T)
{
	return (lk_slabs){ .B = B, .T = T, .sequences = B, .parts = 1, .rows = B * T,
		.count = 1, .workers = 1 };
}

lk_slabs lk_slabs_of(const lk_model_config *config, size_t B, size_t T)
{
	lk_slabs s = { .B = B, .T = T, .parts = 1 };

	if (!lk_slabs_fit(config))
		return one_slab(B, T);
	if (T <= WHOLE) {
		s.sequences = lk_least(B, lk_most(1, ROWS / T));
		s.rows = s.sequences * T;
		s.count = lk_ceil_div(B, s.sequences);
	} else {
		s.parts = lk_ceil_div(T, ROWS);
		s.rows = lk_ceil_div(T, s.parts);
		s.parts = lk_ceil_div(T, s.rows);
		s.count = B * s.parts;
	}
	s.workers = lk_least(s.count, (size_t)lk_cpu_count());
	return s.count > 1 ? s : one_slab(B, T);
}

lk_slabs lk_slabs_most(const lk_model_config *config, size_t B, size_t T)
{
	lk_slabs s = one_slab(B, T);

	if (lk_slabs_fit(config)) {
		s.rows = lk_least(B * T, T > WHOLE ? WHOLE : lk_most(T, ROWS));
		s.count = B * lk_ceil_div(T, ROWS);
		s.workers = lk_least(s.count, (size_t)lk_cpu_count());
	}
	return s;
}

lk_slab lk_slab_at(const lk_slabs *s, size_t number)
{
	lk_slab slab = { .number = number };

	assert(number < s->count);
	if (s->sequences) {
		slab.sequence = number * s->sequences;
		slab.B = lk_least(s->sequences, s->B - slab.sequence);
		slab.T = s->T;
	} else {
		slab.sequence = number / s->parts;
		slab.position = number % s->parts * s->rows;
		slab.B = 1;
		slab.T = lk_least(s->rows, s->T - slab.position);
	}
	slab.row = slab.sequence * s->T + slab.position;
	slab.rows = slab.B * slab.T;
	return slab;
}

/* Until another thread has finished the step before. It has begun, since tasks are
 * taken in order, and seldom takes longer than the task just done; but where there
 * are more threads than processors it may need this one. */
static void wait_for(const size_t *done, size_t steps)
{
	enum { SPINS = 1000 };

	for (int i = 0; __atomic_load_n(done, __ATOMIC_ACQUIRE) < steps; i++)
		if (i >= SPINS)
			sched_yield();
}

typedef struct {
	const lk_slabs *slabs;
	lk_slab_queue *queue;
	size_t steps, worker, workers;
	lk_slab_work *work;
	void *context;
} run;

/* Take tasks of one worker's share, step by step, until there are none. */
static void work_on(const run *r, size_t share)
{
	const lk_slabs *s = r->slabs;
	size_t first = share * s->count / r->workers;
	size_t count = (share + 1) * s->count / r->workers - first, task;
	size_t *next = &r->queue->share[share].next;

	while ((task = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED)) < count * r->steps) {
		lk_slab slab = lk_slab_at(s, first + task % count);
		size_t step = task / count, *done = &r->queue->done[slab.number];

		slab.worker = r->worker;
		wait_for(done, step);
		r->work(r->context, &slab, step);
		__atomic_store_n(done, step + 1, __ATOMIC_RELEASE);
	}
}

/* One thread's part, its own share first, in a team of one: the worksharing loops of
 * kernels/ then share out among nobody. The last one to leave, all others having
 * left, tidies up. */
static void run_alone(const run *r)
{
	lk_slab_queue *queue = r->queue;

	#pragma omp parallel num_threads(1)
	for (size_t i = 0; i < r->workers; i++)
		work_on(r, (r->worker + i) % r->workers);
	if (__atomic_add_fetch(&queue->left, 1, __ATOMIC_ACQ_REL) < r->workers)
		return;
	for (size_t i = 0; i < r->workers; i++)
		queue->share[i].next = 0;
	memset(queue->done, 0, r->slabs->count * sizeof *queue->done);
	queue->left = 0;
}

void lk_slabs_run(const lk_slabs *s, lk_slab_queue *queue, size_t steps,
		lk_slab_work *work, void *context)
{
	size_t workers = lk_least((size_t)omp_get_num_threads(), s->workers);
	size_t worker = (size_t)omp_get_thread_num();

	if (s->count == 1) {
		lk_slab slab = lk_slab_at(s, 0);

		for (size_t step = 0; step < steps; step++)
			work(context, &slab, step);
	} else if (worker < workers) {
		run r = { s, queue, steps, worker, workers, work, context };

		run_alone(&r);
	}
}
