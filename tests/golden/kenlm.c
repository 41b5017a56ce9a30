/* What KenLM's lmplz estimates from the same ids (made by make_kenlm.py): every
 * probability and back-off weight of its ARPA file, read here, against those of the
 * model estimated here; among them fixed discounts where counts are thin. */
#include "formats/arpa.h"
#include "ngram/tree.h"
#include "support/main.h"

#include <math.h>
#include <stdio.h>

enum { V = 25, END = 24, MOST = 10000 };

typedef struct {
	uint32_t id[MOST];
	size_t count;
} stream;

static void read_stream(const void *context, size_t first, size_t count, uint32_t *out)
{
	const stream *s = context;

	for (size_t i = 0; i < count; i++)
		out[i] = s->id[first + i];
}

static void read_file(stream *s, const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned id;
	char after;

	ck_assert_ptr_nonnull(file);
	s->id[s->count++] = END;
	while (fscanf(file, "%u%c", &id, &after) == 2) {
		ck_assert_uint_lt(s->count + 2, MOST);
		s->id[s->count++] = id;
		if (after == '\n')
			s->id[s->count++] = END;
	}
	fclose(file);
}

static void check_cells(const lk_ngram_cell *own, const lk_ngram_cell *theirs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(fabs(log10(own[i].real) - log10(theirs[i].real)) < 1e-5,
				"number %zu: %.8g, expected %.8g", i, (double)own[i].real,
				(double)theirs[i].real);
}

/* Bit n of thin: the counts of n-grams of n tokens are. */
static void check(const char *name, size_t order, unsigned thin)
{
	static stream s;
	lk_ngram_options options = { LK_NGRAM_KNESER_NEY, order, 0, V, END, 2 };
	lk_ngram *own, *theirs;
	lk_arpa_names *names;
	lk_error error;
	char path[1024];
	bool fallback;

	s.count = 0;
	snprintf(path, sizeof path, GOLDEN "/kenlm/%s.txt", name);
	read_file(&s, path);
	ck_assert_int_eq(lk_ngram_fit(&own, &options, read_stream, &s, s.count, NULL),
			LK_OK);
	ck_assert_int_eq(lk_arpa_names_new_ids(&names, V, END, NULL), LK_OK);
	snprintf(path, sizeof path, GOLDEN "/kenlm/%s.arpa", name);
	ck_assert_msg(!lk_arpa_read(&theirs, path, names, &error), "%s", error.text);
	for (size_t n = 1; n <= order; n++) {
		const lk_ngram_level *a = &own->level[n], *b = &theirs->level[n];

		ck_assert_uint_eq(a->count, b->count);
		for (size_t i = 0; n > 1 && i < a->count; i++)
			ck_assert_uint_eq(lk_ngram_word(&a->word, i),
					lk_ngram_word(&b->word, i));
		check_cells(a->p, b->p, a->count);
		if (n < order)
			check_cells(a->backoff, b->backoff, a->count);
		lk_ngram_discounts(own, n, &fallback);
		ck_assert(fallback == (thin >> n & 1));
	}
	lk_ngram_free(own);
	lk_ngram_free(theirs);
	lk_arpa_names_free(names);
}

START_TEST(discounts_from_counts)
{
	check("long", 4, 1u << 1);
}
END_TEST

START_TEST(fixed_discounts)
{
	check("short", 3, 1u << 2 | 1u << 3);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("kenlm");
	TCase *tests = tcase_create("kenlm");

	tcase_add_test(tests, discounts_from_counts);
	tcase_add_test(tests, fixed_discounts);
	suite_add_tcase(suite, tests);
	return suite;
}

TEST_MAIN(make_suite)
