#include "formats/arpa.h"

#include "base/array.h"
#include "base/file.h"
#include "ngram/tree.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line holds LK_NGRAM_ORDER_MOST words; longer ones are no ARPA file. */
enum { LINE = 1 << 16, LOG_OF_ZERO = -99 };

/* An n-gram as it was read: the node that it continues, and its last token. */
typedef struct {
	uint32_t parent, id;
	float p, backoff;
} entry;

typedef struct {
	const char *path;
	const lk_arpa_names *names;
	lk_error *error;
	int fd;
	char buffer[2 * LINE];
	size_t from, to; /* what of the buffer has not been read */
	char *line;      /* the last one, without its end, NUL-terminated */
	size_t number;
	lk_ngram *ngram;
	size_t count[LK_NGRAM_ORDER_MOST + 1]; /* as the file's head says */
	entry *entry;
	size_t entries, capacity;
} reader;

static lk_status refuse(const reader *r, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
static lk_status refuse(const reader *r, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return lk_fail(r->error, LK_FORMAT, "%s: line %zu: %s", r->path, r->number, text);
}

/* More of the file, behind what is left of the buffer; *over at its end. */
static lk_status fill(reader *r, bool *over)
{
	ssize_t n;

	memmove(r->buffer, r->buffer + r->from, r->to - r->from);
	r->to -= r->from;
	r->from = 0;
	do
		n = read(r->fd, r->buffer + r->to, sizeof r->buffer - 1 - r->to);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return lk_fail_errno(r->error, "%s: cannot be read", r->path);
	r->to += (size_t)n;
	*over = n == 0;
	return LK_OK;
}

/* The next line into r->line; NULL at the end of the file. */
static lk_status next_line(reader *r)
{
	bool over = false;
	char *end;

	while (!(end = memchr(r->buffer + r->from, '\n', r->to - r->from)) && !over) {
		lk_status status;

		if (r->to - r->from > LINE)
			break;
		status = fill(r, &over);
		if (status)
			return status;
	}
	r->line = r->from < r->to ? r->buffer + r->from : NULL;
	if (!r->line)
		return LK_OK;
	r->number++;
	r->from = end ? (size_t)(end + 1 - r->buffer) : r->to;
	if (!end)
		end = r->buffer + r->to;
	if (end - r->line > LINE)
		return refuse(r, "is longer than any line of an ARPA file");
	if (memchr(r->line, '\0', (size_t)(end - r->line)))
		return refuse(r, "holds a NUL: this is no ARPA file");
	*end = '\0';
	while (end > r->line && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return LK_OK;
}

static lk_status next_line_with_text(reader *r)
{
	lk_status status;

	do
		status = next_line(r);
	while (!status && r->line && !*r->line);
	if (!status && !r->line)
		status = lk_fail(r->error, LK_FORMAT,
				"%s: truncated: it ends after line %zu, without \\end\\",
				r->path, r->number);
	return status;
}

/* From \data\ to before \1-grams:. Sets the order. */
static lk_status read_head(reader *r, size_t *order)
{
	lk_status status;
	int used;

	do
		status = next_line_with_text(r);
	while (!status && strcmp(r->line, "\\data\\") && r->number < 1000);
	if (status || r->number >= 1000)
		return lk_fail(r->error, status == LK_IO ? LK_IO : LK_FORMAT,
				"%s: is no ARPA file: it does not begin with \\data\\",
				r->path);
	for (*order = 0;; ++*order) {
		size_t n, count;

		status = next_line_with_text(r);
		if (status || *r->line == '\\')
			break;
		if (*order == LK_NGRAM_ORDER_MOST)
			return refuse(r, "n-grams of more than %d tokens are not supported",
					LK_NGRAM_ORDER_MOST);
		used = 0;
		if (sscanf(r->line, "ngram %zu = %zu%n", &n, &count, &used) != 2 ||
				r->line[used] || n != *order + 1)
			return refuse(r, "expected ngram %zu=COUNT", *order + 1);
		if (count >= LK_NGRAM_NONE)
			return refuse(r, "so many n-grams are not supported");
		r->count[n] = count;
	}
	if (!status && !*order)
		return refuse(r, "no counts of n-grams come after \\data\\");
	return status;
}

/* 10 to the power of the number at text. */
static lk_status read_log10(const reader *r, const char *text, double most, float *value)
{
	char *end;
	double logarithm = strtod(text, &end);

	if (end == text || *end || !(logarithm <= most))
		return refuse(r, "\"%.40s\" is not the logarithm of a number in range",
				text);
	*value = logarithm <= LOG_OF_ZERO ? 0 : (float)pow(10, logarithm);
	if (logarithm > LOG_OF_ZERO && *value == 0)
		return refuse(r, "10 to the power of %.40s is too little to be kept", text);
	return LK_OK;
}

/* The words of a line between its numbers, and the back-off weight, which may be
 * missing. */
typedef struct {
	float p, backoff;
	char *word[LK_NGRAM_ORDER_MOST];
} fields;

static lk_status split_line(const reader *r, fields *f, size_t n, bool longest)
{
	static const char space[] = " \t\r\n\v\f";
	char *rest, *text = strtok_r(r->line, space, &rest);
	lk_status status = read_log10(r, text ? text : "", 4e-4, &f->p);

	for (size_t k = 0; k < n && !status; k++) {
		f->word[k] = strtok_r(NULL, space, &rest);
		if (!f->word[k])
			status = refuse(r, "has fewer than %zu words", n);
	}
	f->backoff = 1;
	text = status ? NULL : strtok_r(NULL, space, &rest);
	if (text && longest)
		return refuse(r, "has more than a probability and %zu words", n);
	if (text)
		status = read_log10(r, text, 38, &f->backoff);
	if (!status && text && strtok_r(NULL, space, &rest))
		status = refuse(r, "has more than %zu words and two numbers", n);
	return status;
}

static uint32_t id_of(const reader *r, const char *word, bool first, bool last)
{
	if (!strcmp(word, "<s>"))
		return first && !last ? lk_arpa_end(r->names) : LK_NGRAM_NONE;
	if (!strcmp(word, "</s>"))
		return last ? lk_arpa_end(r->names) : LK_NGRAM_NONE;
	return lk_arpa_find(r->names, word, strlen(word));
}

static lk_status refuse_word(const reader *r, const char *word)
{
	if (!strcmp(word, "<s>") || !strcmp(word, "</s>"))
		return refuse(r, "%s stands where no text begins or ends", word);
	if (!strcmp(word, "<unk>"))
		return refuse(r, "n-grams with <unk> are not supported");
	return refuse(r, "\"%.60s\" is no token of this vocabulary", word);
}

/* Level 1: words come in any order, and may be missing. */
static lk_status read_tokens(reader *r, bool longest)
{
	lk_ngram_level *level = &r->ngram->level[1];
	uint32_t end = lk_arpa_end(r->names);
	bool *seen = calloc(level->count, sizeof *seen);
	bool ends = false;
	float unknown = 0;
	fields f;
	lk_status status = seen ? LK_OK
				: lk_fail(r->error, LK_NOMEM, "%s: out of memory", r->path);

	for (size_t i = 0; !longest && i < level->count; i++)
		level->backoff[i].real = 1;
	for (size_t i = 0; i < r->count[1] && !status; i++) {
		uint32_t id;

		status = next_line_with_text(r);
		if (!status && *r->line == '\\')
			status = refuse(r, "comes after %zu tokens; the head promised %zu",
					i, r->count[1]);
		if (!status)
			status = split_line(r, &f, 1, longest);
		if (status)
			break;
		if (!strcmp(f.word[0], "<unk>")) {
			unknown = f.p;
			continue;
		}
		if (!strcmp(f.word[0], "<s>")) {
			if (!longest)
				level->backoff[end].real = f.backoff;
			continue;
		}
		id = id_of(r, f.word[0], true, true);
		if (id == LK_NGRAM_NONE)
			status = refuse_word(r, f.word[0]);
		else if (id == end ? ends : seen[id])
			status = refuse(r, "\"%.60s\" was there before", f.word[0]);
		else if (id == end)
			ends = true;
		else
			seen[id] = true;
		if (status)
			break;
		level->p[id].real = f.p;
		if (!longest && id != end)
			level->backoff[id].real = f.backoff;
	}
	for (size_t id = 0; !status && id < level->count; id++)
		if (id == end ? !ends : !seen[id])
			level->p[id].real = unknown;
	free(seen);
	return status;
}

static lk_status add_entry(reader *r, entry one)
{
	if (!lk_array_reserve(&r->entry, &r->capacity, r->entries + 1, sizeof one))
		return lk_fail(r->error, LK_NOMEM, "%s: out of memory for %zu n-grams",
				r->path, r->entries + 1);
	r->entry[r->entries++] = one;
	return LK_OK;
}

static lk_status read_entry(reader *r, size_t n, bool longest)
{
	entry one;
	uint32_t node = LK_NGRAM_NONE;
	fields f;
	lk_status status = split_line(r, &f, n, longest);

	for (size_t k = 0; k < n && !status; k++) {
		uint32_t id = id_of(r, f.word[k], k == 0, k == n - 1);

		if (id == LK_NGRAM_NONE)
			return refuse_word(r, f.word[k]);
		one.id = id;
		if (k == n - 1)
			break;
		node = k ? lk_ngram_child(r->ngram, k, node, id) : id;
		if (node == LK_NGRAM_NONE)
			return refuse(r, "its first %zu words are no n-gram of this file",
					k + 1);
	}
	if (status)
		return status;
	one.parent = node;
	one.p = f.p;
	/* nothing follows an end of text */
	one.backoff = one.id == lk_arpa_end(r->names) ? 1 : f.backoff;
	return add_entry(r, one);
}

static int compare_entries(const void *a, const void *b)
{
	const entry *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* The entries as level n. */
static lk_status make_level(reader *r, size_t n)
{
	lk_ngram_level *level = &r->ngram->level[n], *above = &r->ngram->level[n - 1];
	bool sorted = true;
	lk_status status = lk_ngram_level_new(r->ngram, n, r->entries, r->error);

	if (!status)
		status = lk_ngram_level_p(r->ngram, n, r->error);
	for (size_t i = 1; i < r->entries && sorted; i++)
		sorted = compare_entries(&r->entry[i - 1], &r->entry[i]) < 0;
	if (!sorted)
		qsort(r->entry, r->entries, sizeof *r->entry, compare_entries);
	for (size_t i = 0; i < r->entries && !status; i++) {
		const entry *e = &r->entry[i];

		if (i && !compare_entries(e - 1, e))
			status = lk_fail(r->error, LK_FORMAT,
					"%s: an n-gram of %zu words is there twice", r->path,
					n);
		lk_ngram_put_word(&level->word, i, e->id);
		level->p[i].real = e->p;
		if (level->backoff)
			level->backoff[i].real = e->backoff;
		above->first[e->parent + 1]++;
	}
	for (size_t i = 0; !status && i < above->count; i++)
		above->first[i + 1] += above->first[i];
	return status;
}

static lk_status read_level(reader *r, size_t n)
{
	bool longest = n == r->ngram->options.order;
	lk_status status = LK_OK;

	if (n == 1) {
		status = lk_ngram_level_new(
				r->ngram, 1, lk_arpa_vocabulary(r->names), r->error);
		if (!status)
			status = lk_ngram_level_p(r->ngram, 1, r->error);
		return status ? status : read_tokens(r, longest);
	}
	r->entries = 0;
	for (size_t i = 0; i < r->count[n] && !status; i++) {
		status = next_line_with_text(r);
		if (!status && *r->line == '\\')
			status = refuse(r,
					"comes after %zu n-grams of %zu words; the head "
					"promised %zu",
					i, n, r->count[n]);
		if (!status)
			status = read_entry(r, n, longest);
	}
	return status ? status : make_level(r, n);
}

static lk_status read_model(reader *r)
{
	lk_ngram_options options = { .smoothing = LK_NGRAM_IMPORTED,
		.vocabulary = lk_arpa_vocabulary(r->names),
		.end = lk_arpa_end(r->names) };
	lk_status status = read_head(r, &options.order);

	if (!status)
		status = lk_ngram_new(&r->ngram, &options, r->error);
	for (size_t n = 1; n <= options.order && !status; n++) {
		char heading[32];

		snprintf(heading, sizeof heading, "\\%zu-grams:", n);
		if (strcmp(r->line, heading))
			return refuse(r, "expected %s", heading);
		status = read_level(r, n);
		if (!status)
			status = next_line_with_text(r);
	}
	if (!status && strcmp(r->line, "\\end\\"))
		status = refuse(r, "expected \\end\\");
	return status;
}

lk_status lk_arpa_read(lk_ngram **ngram, const char *path, const lk_arpa_names *names,
		lk_error *error)
{
	reader *r = calloc(1, sizeof *r);
	lk_status status;

	if (!r)
		return lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	r->path = path;
	r->names = names;
	r->error = error;
	r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	status = r->fd < 0 ? lk_fail_errno(error, "%s: cannot be opened", path)
			   : read_model(r);
	if (r->fd >= 0)
		close(r->fd);
	if (status)
		lk_ngram_free(r->ngram);
	else
		*ngram = r->ngram;
	free(r->entry);
	free(r);
	return status;
}
