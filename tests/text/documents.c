/* A document that ends in the wrong place gives its bytes to its neighbour: every
 * score by document is then wrong, and nothing says so. Texts come in pieces, whose
 * seams must not show. Each rule is held against one that sees the whole text and
 * is written as plainly as can be. */
#include "text/documents.h"
#include "base/rng.h"
#include "support/main.h"
#include "text/corpus.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 400 };

typedef struct {
	uint64_t end[MOST];
	size_t count;
} ends;

static lk_status keep(void *context, uint64_t end, lk_error *error)
{
	ends *list = context;

	(void)error;
	ck_assert_uint_lt(list->count, MOST);
	list->end[list->count++] = end;
	return LK_OK;
}

static lk_document_rule rule_of(const char *text)
{
	lk_document_rule rule;
	lk_error error = { 0 };

	ck_assert_msg(lk_document_rule_parse(&rule, text, &error) == LK_OK, "%s",
			error.text);
	return rule;
}

/* A blank line begins here, and ends before *next. */
static bool is_blank(const char *text, size_t nbytes, size_t at, size_t *next)
{
	while (at < nbytes && strchr(" \t\r", text[at]) && text[at])
		at++;
	*next = at + 1;
	return at < nbytes && text[at] == '\n';
}

/* Does a document end before place `at`, the last having begun at `from`? */
static bool ends_at(const char *rule, const char *text, size_t nbytes, size_t from,
		size_t at)
{
	const char *separator = rule + strlen("separator:");
	size_t length, next;
	bool blank = false, written = false;

	if (!strcmp(rule, "files"))
		return false;
	if (!strcmp(rule, "lines"))
		return text[at - 1] == '\n';
	if (!strncmp(rule, "separator:", 10)) {
		length = strlen(separator);
		return at - from >= length &&
				!memcmp(text + at - length, separator, length);
	}
	/* A blank line lies before, text before that, and no blank line follows. */
	if (text[at - 1] != '\n' || is_blank(text, nbytes, at, &next) || next > nbytes)
		return false;
	for (size_t line = from; line < at; line = next) {
		blank = is_blank(text, nbytes, line, &next);
		written |= !blank;
		while (!blank && next < at && text[next - 1] != '\n')
			next++;
	}
	return blank && written;
}

static void expect(ends *list, const char *rule, const char *text, size_t nbytes)
{
	size_t from = 0;

	list->count = 0;
	for (size_t at = 1; at <= nbytes; at++)
		if (ends_at(rule, text, nbytes, from, at)) {
			keep(list, at, NULL);
			from = at;
		}
}

static const char *const rules[] = { "files", "lines", "blank-lines", "separator:a",
	"separator:aa", "separator:ab", "separator:aabaa", "separator:\n\n",
	"separator:abab " };

/* In pieces of all lengths; what is said to be settled is. */
static void check_rule(const char *text, size_t nbytes, const char *name, size_t piece)
{
	lk_document_rule rule = rule_of(name);
	lk_document_scanner *scanner;
	ends wanted, found = { .count = 0 };

	expect(&wanted, name, text, nbytes);
	ck_assert_int_eq(lk_document_scanner_new(&scanner, &rule, NULL), LK_OK);
	lk_document_scanner_begin(scanner);
	for (size_t at = 0; at < nbytes; at += piece) {
		size_t n = nbytes - at < piece ? nbytes - at : piece;
		uint64_t settled = lk_document_scanner_settled(scanner);
		size_t before = found.count;

		lk_document_scanner_scan(scanner, (const unsigned char *)text + at, n, keep,
				&found, NULL);
		ck_assert_uint_le(settled, at);
		for (size_t i = before; i < found.count; i++)
			ck_assert_uint_ge(found.end[i], settled);
	}
	lk_document_scanner_free(scanner);
	ck_assert_msg(found.count == wanted.count &&
					!memcmp(found.end, wanted.end,
							found.count * sizeof *found.end),
			"%s in pieces of %zu: %zu ends, not %zu, in \"%.*s\"", name, piece,
			found.count, wanted.count, (int)nbytes, text);
}

START_TEST(ends_are_found_across_seams)
{
	static const char alphabet[] = "aab\n\n\r ";
	lk_rng rng = lk_rng_new(1, LK_RNG_CHECK);
	char text[64];

	for (uint64_t n = 0; n < 4000; n++) {
		size_t nbytes = lk_rng_below(rng, n, 0, sizeof text + 1);

		for (size_t i = 0; i < nbytes; i++)
			text[i] = alphabet[lk_rng_below(rng, n, i + 1, 7)];
		for (size_t r = 0; r < sizeof rules / sizeof *rules; r++)
			check_rule(text, nbytes, rules[r], 1 + n % 9);
	}
}
END_TEST

/* The documents of a text in memory: each a string of `expected`. */
static void check_split(const char *rule_text, const char *text, bool ended,
		const char *const *expected)
{
	lk_document_rule rule = rule_of(rule_text);
	lk_document stretch = { .path = "x",
		.text = (const unsigned char *)text,
		.nbytes = strlen(text),
		.offset = 100,
		.ends = ended,
		.rule = &rule };
	lk_documents documents;
	uint64_t at = 100;
	size_t i = 0;

	ck_assert_int_eq(lk_document_split(&documents, &stretch, NULL), LK_OK);
	for (; expected[i]; i++) {
		const lk_document *d = &documents.document[i];

		ck_assert_uint_lt(i, documents.count);
		ck_assert_uint_eq(d->nbytes, strlen(expected[i]));
		ck_assert_mem_eq(d->text, expected[i], d->nbytes);
		ck_assert_uint_eq(d->offset, at);
		ck_assert(d->ends == (ended || expected[i + 1]));
		ck_assert_ptr_null(d->rule);
		at += d->nbytes;
	}
	ck_assert_uint_eq(documents.count, i);
	ck_assert_uint_eq(documents.nbytes, strlen(text));
	free(documents.document);
}

#define SPLIT(rule, text, ended, ...) \
	check_split(rule, text, ended, (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(separators_belong_to_the_document_before)
{
	SPLIT("files", "a\n\nb", true, "a\n\nb");
	SPLIT("lines", "a\r\n\nb", true, "a\r\n", "\n", "b");
	SPLIT("lines", "\na\n", true, "\n", "a\n");
	SPLIT("lines", "a\rb", false, "a\rb");
	SPLIT("blank-lines", "a\nb\n\nc", true, "a\nb\n\n", "c");
	SPLIT("blank-lines", "\n\r\na\r\n\r\n\r\nb\r\n", true, "\n\r\na\r\n\r\n\r\n",
			"b\r\n");
	SPLIT("blank-lines", "a\n \t\n\n b\n\n", true, "a\n \t\n\n", " b\n\n");
	SPLIT("blank-lines", "\n\n", true, "\n\n");
	SPLIT("separator:<|endoftext|>", "one\n<|endoftext|>\ntwo<|endoftext|>", true,
			"one\n<|endoftext|>", "\ntwo<|endoftext|>");
	SPLIT("separator:--", "-----a", true, "--", "--", "-a");
	SPLIT("separator:x", "x", true, "x");
	check_split("lines", "", true, (const char *const[]){ NULL });
}
END_TEST

START_TEST(unknown_rules_are_refused)
{
	static const char *const bad[] = { "", "file", "lines ", "LINES", "separator",
		"separator:", "blank" };
	lk_document_rule rule;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		lk_error error = { 0 };

		ck_assert_int_eq(lk_document_rule_parse(&rule, bad[i], &error), LK_RANGE);
		ck_assert_ptr_nonnull(strstr(error.text, "separator:STRING"));
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("documents");
	TCase *t = tcase_create("documents");

	tcase_add_test(t, ends_are_found_across_seams);
	tcase_add_test(t, separators_belong_to_the_document_before);
	tcase_add_test(t, unknown_rules_are_refused);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
