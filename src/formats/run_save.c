/* Saving and restoring checkpoints; formats/run_directory.h. */
#include "formats/run_internal.h"

#include "base/file.h"
#include "formats/model_directory.h"
#include "formats/ngram_directory.h"
#include "formats/training_state.h"
#include "formats/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME = 64, CHUNK = 1 << 20 };

static lk_status no_memory(const char *path, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "%s: out of memory", path);
}

/* What a checkpoint is of: a Transformer and how its training stands, or an n-gram
 * model, which is estimated at once. */
typedef struct {
	const lk_tokenizer *tokenizer;
	const lk_model *model;
	const lk_optimizer *optimizer;
	const lk_training_state *state;
	const lk_ngram *ngram;
} checkpoint;

static lk_status write_transformer(const char *directory, const checkpoint *c,
		lk_error *error)
{
	char *training = lk_path_join(directory, "training");
	char *file = lk_path_join(directory, "training/state.safetensors");
	char hash[33];
	lk_status status = training && file ? LK_OK : no_memory(directory, error);

	if (!status)
		status = lk_directory_make(training, error);
	if (!status)
		status = lk_model_directory_write_hashed(
				directory, c->model, c->tokenizer, hash, error);
	if (!status)
		status = lk_training_state_write(
				file, c->state, c->optimizer, hash, error);
	free(training);
	free(file);
	return status;
}

/* Everything of a checkpoint, into a directory of its own. */
static lk_status write_checkpoint(const char *directory, const checkpoint *c,
		lk_error *error)
{
	lk_status status = c->ngram ? lk_ngram_directory_write(directory, c->ngram,
						      c->tokenizer, error)
				    : write_transformer(directory, c, error);

	return status ? status : lk_directory_sync(directory, error);
}

/* Give a finished directory its name. One that has the name already (a step
 * done again) is swapped out in one instant, or, where the file system cannot,
 * by way of another name that lk_run_clean knows. */
static lk_status take_name(const lk_run *run, const char *temporary,
		const char *path, const char *name, lk_error *error)
{
	char aside[2 * NAME];
	char *out;
	lk_status status = LK_OK;

	if (!rename(temporary, path))
		return LK_OK;
	if (errno != EEXIST && errno != ENOTEMPTY)
		return lk_fail_errno(error, "%s: cannot be created", path);
	if (!renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_EXCHANGE)) {
		status = lk_directory_sync(run->path, error);
		lk_directory_remove(temporary, NULL); /* the old one now */
		return status;
	}
	snprintf(aside, sizeof aside, LK_RUN_ASIDE "%s", name);
	out = lk_path_join(run->path, aside);
	if (!out)
		return no_memory(path, error);
	if (rename(path, out)) {
		status = lk_fail_errno(error, "%s: cannot be replaced", path);
	} else if (rename(temporary, path)) {
		status = lk_fail_errno(error, "%s: cannot be created", path);
		if (rename(out, path))
			status = lk_fail_errno(error, "%s: is now %s", path, out);
	} else {
		lk_directory_remove(out, NULL);
	}
	free(out);
	return status;
}

static lk_status point(const lk_run *run, const char *link, const char *name,
		lk_error *error)
{
	char *path = lk_path_join(run->path, link);
	lk_status status = path ? lk_link_replace(path, name, error)
				: no_memory(run->path, error);

	free(path);
	return status;
}

static lk_status sync_log(const lk_run *run, lk_error *error)
{
	if (fsync(run->log) && errno != EINVAL && errno != ENOTSUP)
		return lk_fail_errno(error, "%s/log.jsonl: cannot be written",
				run->path);
	return LK_OK;
}

/* Save under a name, and let these links point to it. */
static lk_status save_as(lk_run *run, const checkpoint *c, const char *name, bool last,
		bool best, lk_error *error)
{
	char hidden[2 * NAME];
	char *path, *temporary;
	lk_status status;

	snprintf(hidden, sizeof hidden, LK_RUN_TEMPORARY "%ld-%s", (long)getpid(),
			name);
	path = lk_path_join(run->path, name);
	temporary = lk_path_join(run->path, hidden);
	status = path && temporary ? sync_log(run, error)
				   : no_memory(run->path, error);
	if (!status)
		status = lk_directory_remove(temporary, error);
	if (!status)
		status = lk_directory_make(temporary, error);
	if (!status) {
		status = write_checkpoint(temporary, c, error);
		if (!status)
			status = take_name(run, temporary, path, name, error);
		if (status)
			lk_directory_remove(temporary, NULL);
	}
	if (!status)
		status = lk_directory_sync(run->path, error);
	if (!status && last)
		status = point(run, "last", name, error);
	if (!status && best)
		status = point(run, "best", name, error);
	if (!status)
		lk_run_prune(run);
	free(path);
	free(temporary);
	return status;
}

static lk_status save(lk_run *run, const checkpoint *c, uint64_t step, bool best,
		lk_error *error)
{
	char name[NAME];

	snprintf(name, sizeof name, "step-%06llu", (unsigned long long)step);
	return save_as(run, c, name, true, best, error);
}

lk_status lk_run_save(lk_run *run, const lk_model *model,
		const lk_tokenizer *tokenizer, const lk_optimizer *optimizer,
		const lk_training_state *state, bool best, lk_error *error)
{
	checkpoint c = { .tokenizer = tokenizer,
		.model = model,
		.optimizer = optimizer,
		.state = state };

	return save(run, &c, state->step, best, error);
}

lk_status lk_run_save_ngram(lk_run *run, const lk_ngram *ngram,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	checkpoint c = { .tokenizer = tokenizer, .ngram = ngram };

	return save(run, &c, 1, true, error);
}

lk_status lk_run_save_counted(lk_run *run, const lk_ngram *ngram,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	checkpoint c = { .tokenizer = tokenizer, .ngram = ngram };

	return save_as(run, &c, LK_RUN_COUNTED, false, true, error);
}

/* XXH3-128 of a file, read in pieces. */
static lk_status hash_file(char hash[33], const char *path, lk_error *error)
{
	lk_hasher *hasher = lk_hasher_new();
	char *chunk = malloc(CHUNK);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t left = 0, at = 0;
	struct stat info;
	lk_status status = LK_OK;

	if (!hasher || !chunk)
		status = no_memory(path, error);
	else if (fd < 0 || fstat(fd, &info))
		status = lk_fail_errno(error, "%s: cannot be opened", path);
	else
		left = (uint64_t)info.st_size;
	while (!status && left) {
		size_t n = left < CHUNK ? (size_t)left : CHUNK;

		status = lk_file_read_at(fd, chunk, n, at, path, error);
		if (!status)
			lk_hasher_add(hasher, chunk, n);
		at += n;
		left -= n;
	}
	if (!status)
		lk_hasher_text(hasher, hash);
	if (fd >= 0)
		close(fd);
	free(chunk);
	lk_hasher_free(hasher);
	return status;
}

/* The model's weights from a directory of the very same configuration. */
static lk_status read_weights(lk_model *model, const char *directory,
		lk_error *error)
{
	const lk_model_config *config = lk_model_get_config(model);
	lk_family family = lk_family_of(config);
	lk_shards shards;
	lk_status status = lk_shards_open(&shards, directory, error);

	if (status)
		return status;
	status = lk_weights_check(&shards, family, config, error);
	if (!status)
		status = lk_weights_read(model, &shards, family, error);
	lk_shards_close(&shards);
	return status;
}

static lk_status restore(lk_model *model, lk_optimizer *optimizer,
		lk_training_state *state, const char *directory, lk_error *error)
{
	char *weights = lk_path_join(directory, "model.safetensors");
	char *file = lk_path_join(directory, "training/state.safetensors");
	lk_training_state result;
	char saved[33], hash[33];
	lk_status status = weights && file ? LK_OK : no_memory(directory, error);

	if (!status)
		status = lk_training_state_read(&result, optimizer, saved, file,
				error);
	if (!status)
		status = hash_file(hash, weights, error);
	if (!status && strcmp(hash, saved))
		status = lk_fail(error, LK_FORMAT,
				"%s: damaged or changed: its checksum is %s, and was %s "
				"when it was saved", weights, hash, saved);
	if (!status)
		status = read_weights(model, directory, error);
	if (!status)
		*state = result;
	free(weights);
	free(file);
	return status;
}

lk_status lk_run_restore(lk_run *run, lk_model *model, lk_optimizer *optimizer,
		lk_training_state *state, lk_error *error)
{
	char *name = lk_run_link(run, "last"), *best;
	char *directory = name ? lk_path_join(run->path, name) : NULL;
	lk_status status;

	if (!name)
		return lk_fail(error, LK_IO, "%s: this run has no checkpoint yet",
				run->path);
	status = directory ? restore(model, optimizer, state, directory, error)
			   : no_memory(run->path, error);
	/* The save may have been cut between its two links. */
	best = lk_run_link(run, "best");
	if (!status && state->best_step && state->best_step == state->step &&
			(!best || (strcmp(best, name) && strcmp(best, LK_RUN_COUNTED))))
		status = point(run, "best", name, error);
	free(best);
	free(directory);
	free(name);
	return status;
}
