/* likely compare: what the models were trained on, and what of it is in the text. */
#include "base/printf.h"
#include "cli/command.h"
#include "cli/compare.h"
#include "base/file.h"
#include "base/hash.h"
#include "formats/json.h"
#include "formats/run_directory.h"
#include "report/format.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 8 << 20, DESCRIPTION_MOST = 64 << 20 };

void lk_parts_free(lk_parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		free(parts->part[i].path);
	free(parts->part);
	*parts = (lk_parts){ 0 };
}

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for the names of training text");
}

static lk_status add_part(lk_parts *parts, const lk_part *part, lk_error *error)
{
	lk_part *all = realloc(parts->part, (parts->count + 1) * sizeof *all);
	char *path = strdup(part->path);

	if (all)
		parts->part = all;
	if (!all || !path) {
		free(path);
		return no_memory(error);
	}
	all[parts->count] = *part;
	all[parts->count++].path = path;
	return LK_OK;
}

/* The parts of run.json's corpus under this name. What is not as a run writes it
 * is left out: nothing is known of it then. */
static lk_status take_parts(lk_parts *parts, const json_t *corpus, const char *name,
		lk_error *error)
{
	const json_t *array = json_object_get(corpus, name), *object;
	lk_status status = LK_OK;
	size_t i;

	json_array_foreach(array, i, object)
	{
		const char *path = json_string_value(json_object_get(object, "path"));
		const char *hash = json_string_value(json_object_get(object, "hash"));
		json_int_t offset =
				json_integer_value(json_object_get(object, "offset"));
		json_int_t nbytes =
				json_integer_value(json_object_get(object, "bytes"));
		json_int_t file = json_integer_value(
				json_object_get(object, "file_bytes"));
		lk_part part = { .path = (char *)(uintptr_t)path,
			.offset = (uint64_t)offset,
			.nbytes = (uint64_t)nbytes,
			.file_nbytes = (uint64_t)file };

		if (!path || !hash || offset < 0 || nbytes < 0 || file < nbytes ||
				file - nbytes < offset || status)
			continue;
		snprintf(part.hash, sizeof part.hash, "%s", hash);
		status = add_part(parts, &part, error);
	}
	return status;
}

/* Do both names lead to the same directory? */
static bool same_directory(const char *a, const char *b)
{
	struct stat first, second;

	return !stat(a, &first) && !stat(b, &second) && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

/* Look into the run that the checkpoint lies in, if it lies in one. */
static lk_status read_run(lk_candidate *m, lk_error *error)
{
	char *run = lk_path_join(m->directory, ".."), *path = NULL, *best = NULL;
	json_t *description = NULL;
	lk_status status = LK_OK;

	if (run) {
		path = lk_path_join(run, "run.json");
		best = lk_path_join(run, "best");
	}
	if (!run || !path || !best)
		status = no_memory(error);
	if (!status && lk_path_exists(path) &&
			!lk_json_load(&description, path, DESCRIPTION_MOST, NULL)) {
		const json_t *corpus = json_object_get(description, "corpus");

		/* An n-gram model is counted once: nothing is chosen. */
		m->best = strcmp(m->kind, "ngram") != 0 &&
			  same_directory(best, m->directory);
		status = take_parts(&m->training, corpus, "training", error);
		if (!status)
			status = take_parts(
					&m->validation, corpus, "validation", error);
	}
	json_decref(description);
	free(run);
	free(path);
	free(best);
	return status;
}

/* --train-text, for a model of which nothing is known. */
static lk_status take_given(const lk_comparison *c, lk_parts *parts, lk_error *error)
{
	const lk_texts *given = &c->options->train_text;
	lk_status status = LK_OK;

	for (size_t i = 0; i < given->count && !status; i++) {
		struct stat info;
		lk_part part = { .path = (char *)(uintptr_t)given->text[i] };

		if (stat(part.path, &info))
			return lk_fail_errno(error, "--train-text %s: cannot be read",
					part.path);
		if (!S_ISREG(info.st_mode))
			return lk_fail(error, LK_IO, "--train-text %s: is no file",
					part.path);
		part.nbytes = part.file_nbytes = (uint64_t)info.st_size;
		status = add_part(parts, &part, error);
	}
	return status;
}

/* Send a part's bytes by, and see whether the file is still what it was. */
static lk_status look_at_part(lk_shared *shared, const lk_part *part, lk_error *error)
{
	int fd = open(part->path, O_RDONLY | O_CLOEXEC);
	lk_hasher *hasher = lk_hasher_new();
	unsigned char *piece = malloc(PIECE);
	uint64_t end = part->offset + part->nbytes;
	char hash[33] = "";
	lk_status status = LK_OK;

	if (fd < 0)
		status = lk_fail_errno(error, "%s: cannot be read", part->path);
	else if (!hasher || !piece)
		status = lk_fail(error, LK_NOMEM, "%s: out of memory", part->path);
	for (uint64_t at = 0; at < part->file_nbytes && !status;) {
		size_t n = part->file_nbytes - at < PIECE
					   ? (size_t)(part->file_nbytes - at)
					   : PIECE;
		uint64_t first = at > part->offset ? at : part->offset;
		uint64_t last = at + n < end ? at + n : end;

		status = lk_file_read_at(fd, piece, n, at, part->path, error);
		if (status)
			break;
		if (last > first)
			lk_shared_look(shared, piece + (first - at), last - first);
		/* Pieces overlap; their common bytes are hashed once. */
		size_t overlap = at + n < part->file_nbytes ? LK_SHARED_LEAST : 0;
		lk_hasher_add(hasher, piece, n - overlap);
		at += n - overlap;
	}
	if (!status)
		lk_hasher_text(hasher, hash);
	if (!status && *part->hash && strcmp(hash, part->hash) != 0)
		status = lk_fail(error, LK_RANGE, "%s: has changed since", part->path);
	if (fd >= 0)
		close(fd);
	lk_hasher_free(hasher);
	free(piece);
	return status;
}

/* Bytes of the text that lie in the parts, by the hashes of whole files. */
static uint64_t same_bytes(const lk_text *text, const lk_parts *parts)
{
	uint64_t same = 0;

	for (size_t f = 0; f < text->paths.count; f++)
		for (size_t i = 0; i < parts->count; i++)
			if (!strcmp(text->file[f].hash, parts->part[i].hash))
				same += parts->part[i].nbytes;
	return same < text->nbytes ? same : text->nbytes;
}

static lk_leak look(const lk_comparison *c, lk_shared *shared, const lk_parts *parts)
{
	lk_leak leak = { .known = parts->count > 0, .looked = parts->count > 0 };
	lk_error error;

	lk_shared_uncover(shared);
	leak.same = same_bytes(&c->text, parts);
	for (size_t i = 0; i < parts->count && leak.looked; i++)
		if (look_at_part(shared, &parts->part[i], &error)) {
			leak.looked = false;
			snprintf(leak.why, sizeof leak.why, "%.250s", error.text);
		}
	leak.shared = lk_shared_summarise(lk_shared_covered(shared), c->text.nbytes);
	return leak;
}

static bool same_parts(const lk_parts *a, const lk_parts *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; i < a->count && same; i++) {
		const lk_part *p = &a->part[i], *q = &b->part[i];

		same = !strcmp(p->path, q->path) && p->offset == q->offset &&
		       p->nbytes == q->nbytes && !strcmp(p->hash, q->hash);
	}
	return same;
}

/* Look for every candidate's parts, for the same ones once. */
static void look_for_all(lk_comparison *c, lk_shared *shared, bool validation)
{
	for (size_t i = 0; i < c->candidates; i++) {
		lk_candidate *m = &c->candidate[i];
		const lk_parts *parts = validation ? &m->validation : &m->training;
		lk_leak *leak = validation ? &m->chosen_by : &m->trained_on;
		size_t j = 0;

		while (j < i && !same_parts(parts,
						validation ? &c->candidate[j].validation
							   : &c->candidate[j].training))
			j++;
		if (j < i)
			*leak = validation ? c->candidate[j].chosen_by
					   : c->candidate[j].trained_on;
		else
			*leak = look(c, shared, parts);
	}
}

lk_status lk_compare_leaks(lk_comparison *c, lk_error *error)
{
	lk_shared *shared = NULL;
	bool any = false;
	lk_status status = LK_OK;

	for (size_t i = 0; i < c->candidates && !status; i++) {
		lk_candidate *m = &c->candidate[i];

		if (m->directory)
			status = read_run(m, error);
		if (!status && !m->training.count)
			status = take_given(c, &m->training, error);
		any |= m->training.count > 0;
	}
	if (status || !any)
		return status;
	status = lk_shared_new(
			&shared, c->text.data, c->text.nbytes, c->options->seen, error);
	if (status)
		return status;
	look_for_all(c, shared, false);
	c->seen = malloc(c->text.nbytes + 1);
	if (c->seen)
		lk_shared_seen(shared, c->seen);
	else
		status = no_memory(error);
	if (!status)
		look_for_all(c, shared, true);
	lk_shared_free(shared);
	return status;
}

/* "12,345 of 111,540 bytes" */
static char *share(char *text, size_t size, uint64_t part, uint64_t whole)
{
	char a[LK_FORMAT_MOST], b[LK_FORMAT_MOST];

	snprintf(text, size, "%s of the text's %s bytes",
			lk_format_whole(a, sizeof a, part),
			lk_format_whole(b, sizeof b, whole));
	return text;
}

char *lk_compare_warning(const lk_comparison *c, const lk_candidate *m, bool *known)
{
	const lk_leak *t = &m->trained_on, *v = &m->chosen_by;
	char *text = NULL, *chosen = NULL, bytes[160], longest[LK_FORMAT_MOST];
	uint64_t by_choice = v->same > v->shared.covered ? v->same : v->shared.covered;

	*known = t->known;
	if (t->same)
		text = lk_asprintf("%s was trained on %s", m->name,
				share(bytes, sizeof bytes, t->same, c->text.nbytes));
	else if (t->known && !t->looked)
		text = lk_asprintf("%s: its training text cannot be looked through (%s)",
				m->name, t->why);
	else if (t->shared.covered)
		text = lk_asprintf("%s: %s stand in its training text too, in stretches of "
				   "%d and more; the longest has %s",
				m->name,
				share(bytes, sizeof bytes, t->shared.covered,
						c->text.nbytes),
				LK_SHARED_LEAST,
				lk_format_whole(longest, sizeof longest,
						t->shared.longest));
	if (m->best && by_choice > c->text.nbytes / 20)
		chosen = lk_asprintf("%s%s%s was chosen among its run's checkpoints by %s: "
				     "its result is flattered",
				text ? text : "", text ? "; and " : "", m->name,
				share(bytes, sizeof bytes, by_choice, c->text.nbytes));
	if (chosen) {
		free(text);
		return chosen;
	}
	return text;
}
