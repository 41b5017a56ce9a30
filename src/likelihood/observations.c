#include "likelihood/observations.h"

#include "base/array.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lk_numbers_free(lk_numbers *numbers)
{
	free(numbers->value);
	*numbers = (lk_numbers){ 0 };
}

void lk_outcomes_free(lk_outcomes *outcomes)
{
	for (size_t i = 0; outcomes->name && i < outcomes->outcomes; i++)
		free(outcomes->name[i]);
	free(outcomes->name);
	free(outcomes->count);
	*outcomes = (lk_outcomes){ 0 };
}

static bool separates(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '\r' ||
	       c == '\v' || c == '\f';
}

static lk_status push(
		lk_numbers *numbers, size_t *capacity, double value, lk_error *error)
{
	if (!lk_array_reserve(&numbers->value, capacity, numbers->count + 1, sizeof value))
		return lk_fail(error, LK_NOMEM, "out of memory for %zu numbers",
				numbers->count + 1);
	numbers->value[numbers->count++] = value;
	return LK_OK;
}

/* The number at the beginning of text: decimal, finite, and a separator or the
 * line's end after it. */
static bool read_number(const char *text, const char **end, double *value)
{
	size_t length = strspn(text, "0123456789+-.eE");
	char *stop;

	*value = strtod(text, &stop);
	*end = stop;
	return length && stop == text + length && isfinite(*value) &&
	       (separates(*stop) || *stop == '\n' || *stop == '#' || !*stop);
}

static lk_status refuse(const char *at, const char *end, const char *name, size_t line,
		lk_error *error)
{
	size_t length = 0;

	while (at + length < end && length < 40 && !separates(at[length]) &&
			at[length] != '\n')
		length++;
	return lk_fail(error, LK_FORMAT, "%s: line %zu: '%.*s' is no finite number",
			name, line, (int)length, at);
}

/* What a row is compared with: the first one that has numbers. */
static void close_row(lk_numbers *numbers, size_t before, size_t line, bool *first)
{
	size_t columns = numbers->count - before;

	if (!columns)
		return;
	if (*first)
		numbers->columns = columns;
	else if (columns != numbers->columns && !numbers->ragged) {
		numbers->ragged = line;
		numbers->columns = 0;
	}
	*first = false;
}

lk_status lk_numbers_parse(lk_numbers *numbers, const char *text, size_t nbytes,
		const char *name, lk_error *error)
{
	const char *at = text, *end = text + nbytes;
	size_t capacity = 0, line = 1, row = 0;
	bool first = true;
	lk_status status = LK_OK;

	*numbers = (lk_numbers){ 0 };
	while (at < end && !status) {
		double value;

		if (separates(*at)) {
			at++;
		} else if (*at == '#') {
			const char *newline = memchr(at, '\n', (size_t)(end - at));
			at = newline ? newline : end;
		} else if (*at == '\n') {
			close_row(numbers, row, line, &first);
			row = numbers->count;
			line++;
			at++;
		} else {
			const char *begin = at;
			status = read_number(begin, &at, &value)
						 ? push(numbers, &capacity, value,
								   error)
						 : refuse(begin, end, name, line,
								   error);
		}
	}
	close_row(numbers, row, line, &first);
	if (!status && !numbers->count)
		status = lk_fail(error, LK_RANGE, "%s: holds no numbers", name);
	if (status)
		lk_numbers_free(numbers);
	return status;
}

/* A word of the text, not copied. */
typedef struct {
	const char *text;
	size_t nbytes;
} word;

static int compare_words(const void *a, const void *b)
{
	const word *x = a, *y = b;
	size_t least = x->nbytes < y->nbytes ? x->nbytes : y->nbytes;
	int order = memcmp(x->text, y->text, least);

	return order ? order : (x->nbytes > y->nbytes) - (x->nbytes < y->nbytes);
}

static size_t split(word *words, const char *text, size_t nbytes)
{
	size_t count = 0;

	for (size_t i = 0; i < nbytes;) {
		size_t begin = i;

		while (i < nbytes && !isspace((unsigned char)text[i]))
			i++;
		if (i > begin && words)
			words[count] = (word){ text + begin, i - begin };
		count += i > begin;
		i += i == begin;
	}
	return count;
}

static lk_status allocate(lk_outcomes *outcomes, size_t count, lk_error *error)
{
	*outcomes = (lk_outcomes){ .name = calloc(count, sizeof *outcomes->name),
		.count = calloc(count, sizeof *outcomes->count) };
	if (outcomes->name && outcomes->count)
		return LK_OK;
	lk_outcomes_free(outcomes);
	return lk_fail(error, LK_NOMEM, "out of memory for %zu outcomes", count);
}

static lk_status add(lk_outcomes *outcomes, char *name, double count, lk_error *error)
{
	if (!name)
		return lk_fail(error, LK_NOMEM, "out of memory for the outcomes");
	outcomes->count[outcomes->outcomes] = count;
	outcomes->name[outcomes->outcomes++] = name;
	return LK_OK;
}

static lk_status count_words(
		lk_outcomes *outcomes, word *words, size_t count, lk_error *error)
{
	size_t kinds = 0;
	lk_status status;

	qsort(words, count, sizeof *words, compare_words);
	for (size_t i = 0; i < count; i++)
		kinds += !i || compare_words(&words[i], &words[i - 1]);
	status = allocate(outcomes, kinds, error);
	for (size_t i = 0, next; i < count && !status; i = next) {
		for (next = i + 1; next < count; next++)
			if (compare_words(&words[i], &words[next]))
				break;
		status = add(outcomes, strndup(words[i].text, words[i].nbytes),
				(double)(next - i), error);
	}
	return status;
}

/* 'e', or \x0a for what is no visible ASCII. */
static char *byte_name(int byte)
{
	char text[8];

	snprintf(text, sizeof text, byte > ' ' && byte < 127 ? "%c" : "\\x%02x", byte);
	return strdup(text);
}

static lk_status count_bytes(
		lk_outcomes *outcomes, const char *text, size_t nbytes, lk_error *error)
{
	size_t count[256] = { 0 };
	lk_status status = allocate(outcomes, 256, error);

	for (size_t i = 0; i < nbytes; i++)
		count[(unsigned char)text[i]]++;
	for (int b = 0; b < 256 && !status; b++)
		if (count[b])
			status = add(outcomes, byte_name(b), (double)count[b], error);
	return status;
}

lk_status lk_outcomes_count(lk_outcomes *outcomes, const char *text, size_t nbytes,
		bool bytes, const char *name, lk_error *error)
{
	size_t count = bytes ? nbytes : split(NULL, text, nbytes);
	word *words;
	lk_status status;

	*outcomes = (lk_outcomes){ 0 };
	if (!count)
		return lk_fail(error, LK_RANGE, "%s: holds no %s", name,
				bytes ? "bytes" : "words");
	if (bytes) {
		status = count_bytes(outcomes, text, nbytes, error);
	} else {
		words = malloc(count * sizeof *words);
		if (!words)
			return lk_fail(error, LK_NOMEM, "out of memory for %zu words",
					count);
		split(words, text, nbytes);
		status = count_words(outcomes, words, count, error);
		free(words);
	}
	if (status)
		lk_outcomes_free(outcomes);
	return status;
}

lk_status lk_outcomes_extend(lk_outcomes *outcomes, size_t total, lk_error *error)
{
	size_t seen = outcomes->outcomes;
	lk_outcomes all;
	lk_status status;

	if (total <= seen)
		return LK_OK;
	status = allocate(&all, total, error);
	if (status)
		return status;
	memcpy(all.name, outcomes->name, seen * sizeof *all.name);
	memcpy(all.count, outcomes->count, seen * sizeof *all.count);
	all.outcomes = seen;
	free(outcomes->name);
	free(outcomes->count);
	*outcomes = all;
	for (size_t i = seen; i < total && !status; i++) {
		char text[32];

		snprintf(text, sizeof text, "unseen %zu", i - seen + 1);
		status = add(outcomes, strdup(text), 0, error);
	}
	return status;
}
