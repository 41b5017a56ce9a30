/* simulate_coverage DRAWS A.scores B.scores TEXT: how often the interval of `likely
 * compare` holds the truth, and how often a difference of the size that it calls
 * detectable is detected. scripts/simulate-coverage makes what it reads.
 *
 * TEXT is a pool of short documents, set apart by blank lines, with the scores of two
 * models. The true difference is that of the whole pool. Test sets of several kinds
 * are drawn from it, DRAWS of each, and compared as `likely compare` would. */
#include "cli/scores_file.h"
#include "base/rng.h"
#include "evaluate/paired.h"
#include "evaluate/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 1000, LONG = 40 /* short documents in a long one */ };

typedef struct {
	lk_text text;
	lk_costs costs[2];
	size_t *token[2]; /* [documents + 1]: where each document's tokens begin */
	double truth;     /* bits per byte of the first model minus the second's */
} pool;

/* A test set being put together: costs of both models, documents' starts. */
typedef struct {
	lk_costs costs[2];
	size_t room[2];
	uint64_t *start;
	size_t documents, start_room;
	uint64_t nbytes;
} sample;

typedef struct {
	const char *name;
	size_t documents; /* of the test set; 0: one */
	size_t joined;    /* documents of the pool that make one of them */
	uint64_t nbytes;  /* of one document: so many bytes; */
	bool shuffled;    /* of documents in random order, not as in the pool */
} kind;

static const kind kinds[] = {
	{ "200 short documents", 200, 1, 0, true },
	{ "30 short documents", 30, 1, 0, true },
	{ "6 long documents", 6, LONG, 0, true },
	{ "100 KB, documents in random order", 0, 1, 100000, true },
	{ "1 MB, documents in random order", 0, 1, 1000000, true },
	{ "100 KB of the pool as it is", 0, 1, 100000, false },
	{ "1 MB of the pool as it is", 0, 1, 1000000, false },
};

static void fail(const char *text)
{
	fprintf(stderr, "simulate_coverage: %s\n", text);
	exit(EXIT_FAILURE);
}

static void *grow(void *array, size_t count, size_t size)
{
	void *grown = realloc(array, count * size);

	if (!grown)
		fail("out of memory");
	return grown;
}

static double bits(const lk_costs *costs)
{
	return lk_costs_nll(costs) / log(2);
}

static void read_pool(pool *p, char **path)
{
	lk_document_rule rule = { .kind = LK_DOCUMENTS_BLANK_LINES };
	const char *texts[] = { path[2], NULL };
	lk_policy policy;
	lk_error error;
	char *model;

	if (lk_text_read(&p->text, texts, &rule, &error))
		fail(error.text);
	for (int m = 0; m < 2; m++) {
		size_t documents = p->text.documents.count, i = 0;
		uint64_t at = 0;

		if (lk_scores_read(&p->costs[m], &policy, &model, path[m], &p->text,
				    &error))
			fail(error.text);
		free(model);
		p->token[m] = grow(NULL, documents + 1, sizeof *p->token[m]);
		for (size_t d = 0; d <= documents; d++) {
			while (at < p->text.start[d])
				at += p->costs[m].nbytes[i++];
			p->token[m][d] = i;
		}
	}
	p->truth = (bits(&p->costs[0]) - bits(&p->costs[1])) / (double)p->text.nbytes;
}

/* Append a document of the pool's, or the first so many bytes of it, to the last
 * document of the sample. */
static void append(sample *s, const pool *p, size_t d, uint64_t most)
{
	uint64_t nbytes = p->text.start[d + 1] - p->text.start[d];

	nbytes = nbytes < most ? nbytes : most;
	for (int m = 0; m < 2; m++) {
		const lk_costs *from = &p->costs[m];
		lk_costs *to = &s->costs[m];
		size_t i = p->token[m][d], end = p->token[m][d + 1];
		uint64_t at = 0;

		if (to->tokens + (end - i) > s->room[m]) {
			s->room[m] = 2 * (to->tokens + (end - i));
			to->nll = grow(to->nll, s->room[m], sizeof *to->nll);
			to->nbytes = grow(to->nbytes, s->room[m], sizeof *to->nbytes);
		}
		for (; i < end && at < nbytes; i++) {
			to->nll[to->tokens] = from->nll[i];
			to->nbytes[to->tokens++] = from->nbytes[i];
			at += from->nbytes[i];
		}
	}
	s->nbytes += nbytes;
}

static void begin_document(sample *s)
{
	if (s->documents + 2 > s->start_room) {
		s->start_room = 2 * s->documents + 16;
		s->start = grow(s->start, s->start_room, sizeof *s->start);
	}
	s->start[s->documents++] = s->nbytes;
}

static void draw(sample *s, const pool *p, const kind *k, uint64_t number)
{
	lk_rng rng = lk_rng_new(number, LK_RNG_CHECK);
	size_t documents = p->text.documents.count, groups = documents / k->joined;
	uint64_t counter = 0;

	s->documents = s->costs[0].tokens = s->costs[1].tokens = 0;
	s->nbytes = 0;
	for (size_t i = 0; i < k->documents; i++) {
		size_t first = k->joined * lk_rng_below(rng, counter++, 0, groups);

		begin_document(s);
		for (size_t j = 0; j < k->joined; j++)
			append(s, p, first + j, UINT64_MAX);
	}
	if (!k->documents) {
		size_t d = lk_rng_below(rng, counter++, 0, documents);

		begin_document(s);
		while (s->nbytes < k->nbytes) {
			append(s, p, d, k->nbytes - s->nbytes);
			d = k->shuffled ? lk_rng_below(rng, counter++, 0, documents)
					: (d + 1) % documents;
		}
	}
	s->start[s->documents] = s->nbytes;
}

/* As cli/compare_pairs.c compares two checkpoints. */
static size_t compare(lk_pair *pair, double *critical, const sample *s, uint64_t seed)
{
	lk_costs_pair costs = { .a = &s->costs[0], .b = &s->costs[1] };
	lk_resampling how = { RESAMPLES, seed, 1 };
	lk_units units;
	lk_error error;

	if (lk_units_choose(&units, s->start, s->documents, &costs, 1, &error))
		fail(error.text);
	size_t count = units.count;
	double *a = grow(NULL, 3 * count, sizeof *a), *b = a + count, *n = b + count;
	lk_entry entry[] = { { a, 1, 0 }, { b, 1, 0 } };
	lk_costs_sum(a, &s->costs[0], units.start, count);
	lk_costs_sum(b, &s->costs[1], units.start, count);
	for (size_t u = 0; u < count; u++) {
		a[u] /= log(2);
		b[u] /= log(2);
		n[u] = (double)(units.start[u + 1] - units.start[u]);
	}
	*pair = (lk_pair){
		.a = 0, .b = 1, .inflation = lk_units_inflation(&units, &costs)
	};
	if (count >= LK_UNITS_LEAST &&
			lk_compare(pair, 1, critical, entry, n, count, &how, &error))
		fail(error.text);
	free(a);
	lk_units_free(&units);
	return count;
}

/* What came of one draw. */
typedef struct {
	lk_pair pair;
	double critical;
	size_t units;
} outcome;

static void release(sample *s)
{
	for (int m = 0; m < 2; m++) {
		free(s->costs[m].nll);
		free(s->costs[m].nbytes);
	}
	free(s->start);
}

static outcome *run(const pool *p, const kind *k, size_t draws)
{
	outcome *o = grow(NULL, draws, sizeof *o);

#pragma omp parallel
	{
		sample s = { 0 };

#pragma omp for schedule(dynamic, 8)
		for (size_t i = 0; i < draws; i++) {
			draw(&s, p, k, i);
			o[i].units = compare(&o[i].pair, &o[i].critical, &s, i);
		}
		release(&s);
	}
	return o;
}

static void simulate(const pool *p, const kind *k, size_t draws)
{
	outcome *o = run(p, k, draws);
	double detectable = 0, width = 0, units = 0;
	size_t covered = 0, powerful = 0, few = 0, counted = 0;

	for (size_t i = 0; i < draws; i++) {
		if (o[i].units < LK_UNITS_LEAST)
			continue;
		few += o[i].units < LK_UNITS_FEW;
		units += (double)o[i].units;
		detectable += lk_detectable(&o[i].pair, o[i].critical);
		width += o[i].pair.high - o[i].pair.low;
		o[counted++] = o[i];
	}
	detectable /= (double)counted;
	for (size_t i = 0; i < counted; i++) {
		const lk_pair *pair = &o[i].pair;

		covered += pair->low <= p->truth && p->truth <= pair->high;
		/* Were the truth larger by what is detectable, so would these be. */
		powerful += pair->low - p->truth + detectable > 0;
	}
	double share = 100 / (double)counted;
	printf("| %s | %.0f | %.0f %% | %.4f | %.1f %% | %.4f | %.1f %% | %zu |\n",
			k->name, units / (double)counted, share * (double)few,
			width / 2 / (double)counted, share * (double)covered,
			detectable, share * (double)powerful, draws - counted);
	fflush(stdout);
	free(o);
}

int main(int argc, char **argv)
{
	size_t draws = argc == 5 ? strtoul(argv[1], NULL, 10) : 0;
	pool p = { 0 };

	if (!draws)
		fail("usage: simulate_coverage DRAWS A.scores B.scores TEXT");
	read_pool(&p, argv + 2);
	printf("pool: %zu documents, %llu bytes; true difference %.4f bits per byte; "
	       "%zu "
	       "draws of each kind, %d resamples\n\n",
			p.text.documents.count, (unsigned long long)p.text.nbytes,
			p.truth, draws, RESAMPLES);
	printf("| test set | units (mean) | of less than 30 | half width | truth "
	       "inside | "
	       "detectable | detected | no verdict |\n");
	printf("|---|--:|--:|--:|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		simulate(&p, &kinds[i], draws);
	for (int m = 0; m < 2; m++) {
		lk_costs_free(&p.costs[m]);
		free(p.token[m]);
	}
	lk_text_free(&p.text);
	return EXIT_SUCCESS;
}
