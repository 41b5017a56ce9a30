#include "ngram/counts.h"

#include <omp.h>
#include <stdlib.h>

/* Tasks are runs of first tokens that hold about as many places each; how many
 * there are depends on the text alone. */
enum { TASKS = 256 };

typedef struct {
	lk_ngram *ngram;
	const lk_ngram_text *text;
	lk_ngram_cell **count;
	uint32_t *place; /* [places], sorted by their first token, then wholly */
	size_t *bucket;  /* [V + 1]: where a first token's places begin */
	size_t task[TASKS + 1]; /* the first token of each */
	/* nodes that each task finds in each level, then where they begin */
	size_t node[TASKS + 1][LK_NGRAM_ORDER_MOST + 2];
	lk_ngram_sorter **sorter; /* [threads] */
	int threads;
} counter;

/* Divide the places that something follows by their first token. */
static lk_status divide(counter *c, lk_error *error)
{
	const lk_ngram_text *text = c->text;
	size_t V = text->vocabulary, places = text->count - 1, sum = 0, task = 0;

	c->place = malloc(places * sizeof *c->place);
	c->bucket = calloc(V + 2, sizeof *c->bucket);
	if (!c->place || !c->bucket)
		return lk_fail(error, LK_NOMEM,
				"out of memory to sort a text of %zu tokens", text->count);
	for (size_t i = 0; i < places; i++)
		c->bucket[lk_ngram_word(&text->id, i) + 2]++;
	for (size_t v = 0; v < V; v++) {
		while (task < TASKS && sum >= places * task / TASKS)
			c->task[task++] = v;
		sum += c->bucket[v + 2];
		c->bucket[v + 2] = sum;
	}
	while (task <= TASKS)
		c->task[task++] = V;
	/* Now bucket[v + 1] is where v begins; placing moves it to its end. */
	for (size_t i = 0; i < places; i++)
		c->place[c->bucket[lk_ngram_word(&text->id, i) + 1]++] = (uint32_t)i;
	return LK_OK;
}

static lk_status make_sorters(counter *c, lk_error *error)
{
	size_t most = 0;
	lk_status status = LK_OK;

	for (size_t v = 0; v < c->text->vocabulary; v++) {
		size_t n = c->bucket[v + 1] - c->bucket[v];

		most = n > most ? n : most;
	}
	c->sorter = calloc((size_t)c->threads, sizeof *c->sorter);
	if (!c->sorter)
		return lk_fail(error, LK_NOMEM, "out of memory to sort n-grams");
	for (int t = 0; t < c->threads && !status; t++)
		status = lk_ngram_sorter_new(&c->sorter[t], c->text,
				c->ngram->options.order, most, error);
	return status;
}

/* The n-gram at a place. */
typedef struct {
	uint32_t word[LK_NGRAM_ORDER_MOST + 1]; /* [n], n from 2: the n-th token */
	size_t length;
} gram;

/* Replace g by the n-gram at a place; returns how many first tokens they share
 * (at least 1: they stand in the same bucket). */
static size_t read_gram(gram *g, const counter *c, size_t place)
{
	size_t order = c->ngram->options.order, same = 1, n;
	bool alike = true;

	for (n = 2; n <= order; n++) {
		uint32_t next = lk_ngram_text_after(c->text, place, n - 1);

		if (!next)
			break;
		alike = alike && n <= g->length && g->word[n] == next - 1;
		same += alike;
		g->word[n] = next - 1;
		if (next - 1 == c->text->end) {
			n++;
			break;
		}
	}
	g->length = n - 1;
	return same;
}

/* Sort a task's places and count the n-grams that are there. */
static void count_task(counter *c, size_t task, lk_ngram_sorter *sorter)
{
	size_t *node = c->node[task];
	gram g;

	for (size_t v = c->task[task]; v < c->task[task + 1]; v++) {
		size_t from = c->bucket[v], to = c->bucket[v + 1];

		lk_ngram_sort(sorter, c->place + from, to - from);
		g.length = 1;
		for (size_t i = from; i < to; i++) {
			size_t same = read_gram(&g, c, c->place[i]);

			for (size_t n = same + 1; n <= g.length; n++)
				node[n]++;
		}
	}
}

/* Write a task's n-grams and their counts. */
static void fill_task(counter *c, size_t task)
{
	lk_ngram_level *level = c->ngram->level;
	size_t order = c->ngram->options.order;
	size_t next[LK_NGRAM_ORDER_MOST + 2];
	gram g;

	for (size_t n = 0; n < LK_NGRAM_ORDER_MOST + 2; n++)
		next[n] = c->node[task][n];
	for (size_t v = c->task[task]; v < c->task[task + 1]; v++) {
		level[1].first[v] = (uint32_t)next[2];
		g.length = 1;
		for (size_t i = c->bucket[v]; i < c->bucket[v + 1]; i++) {
			size_t same = read_gram(&g, c, c->place[i]);

			for (size_t n = same + 1; n <= g.length; n++) {
				lk_ngram_put_word(&level[n].word, next[n], g.word[n]);
				if (n < order)
					level[n].first[next[n]] =
							(uint32_t)next[n + 1];
				next[n]++;
			}
			for (size_t n = 2; n <= g.length; n++)
				c->count[n][next[n] - 1].whole++;
		}
	}
}

/* Where each task's n-grams begin, and room for all. */
static lk_status make_levels(counter *c, lk_error *error)
{
	size_t order = c->ngram->options.order;
	lk_status status = LK_OK;

	for (size_t n = 2; n <= order && !status; n++) {
		lk_ngram_level *level = &c->ngram->level[n];
		size_t sum = 0;

		for (size_t task = 0; task <= TASKS; task++) {
			size_t found = c->node[task][n];

			c->node[task][n] = sum;
			sum += found;
		}
		status = lk_ngram_level_new(c->ngram, n, sum, error);
		if (!status && n == order) {
			c->count[n] = calloc(sum + 1, sizeof **c->count);
			if (!c->count[n])
				status = lk_ngram_no_memory(sum, n, error);
		} else if (!status) {
			c->count[n] = level->backoff;
		}
	}
	return status;
}

/* Each level's nodes end where those of the next task, or of nobody, begin. */
static void close_levels(counter *c)
{
	lk_ngram_level *level = c->ngram->level;

	for (size_t n = 1; n < c->ngram->options.order; n++)
		level[n].first[level[n].count] = (uint32_t)level[n + 1].count;
}

static lk_status count_longer(counter *c, lk_error *error)
{
	lk_status status = divide(c, error);

	if (!status)
		status = make_sorters(c, error);
	if (status)
		return status;
#pragma omp parallel for num_threads(c->threads) schedule(dynamic, 1)
	for (size_t task = 0; task < TASKS; task++)
		count_task(c, task, c->sorter[omp_get_thread_num()]);
	status = make_levels(c, error);
	if (status)
		return status;
#pragma omp parallel for num_threads(c->threads) schedule(dynamic, 1)
	for (size_t task = 0; task < TASKS; task++)
		fill_task(c, task);
	close_levels(c);
	return LK_OK;
}

static lk_status count_tokens(counter *c, lk_error *error)
{
	size_t V = c->text->vocabulary;
	lk_status status = lk_ngram_level_new(c->ngram, 1, V, error);

	if (status)
		return status;
	c->count[1] = c->ngram->options.order == 1 ? calloc(V, sizeof **c->count)
						   : c->ngram->level[1].backoff;
	if (!c->count[1])
		return lk_ngram_no_memory(V, 1, error);
	for (size_t i = 1; i < c->text->count; i++)
		c->count[1][lk_ngram_word(&c->text->id, i)].whole++;
	return LK_OK;
}

lk_status lk_ngram_count_text(lk_ngram_counts *counts, lk_ngram *ngram,
		const lk_ngram_text *text, int threads, lk_error *error)
{
	counter *c = calloc(1, sizeof *c);
	lk_status status;

	if (!c)
		return lk_fail(error, LK_NOMEM, "out of memory to count n-grams");
	c->ngram = ngram;
	c->text = text;
	c->count = counts->level;
	c->threads = threads;
	status = count_tokens(c, error);
	if (!status && ngram->options.order > 1)
		status = count_longer(c, error);
	for (int t = 0; c->sorter && t < threads; t++)
		lk_ngram_sorter_free(c->sorter[t]);
	free(c->sorter);
	free(c->place);
	free(c->bucket);
	free(c);
	return status;
}

void lk_ngram_counts_free(lk_ngram_counts *counts, const lk_ngram *ngram)
{
	size_t order = ngram->options.order;

	free(counts->level[order]);
	counts->level[order] = NULL;
}
