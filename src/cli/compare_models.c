/* likely compare: the models, and what the text costs each. */
#include "cli/command.h"
#include "cli/compare.h"
#include "cli/compare_calibrate.h"
#include "cli/scores_file.h"
#include "cli/watch.h"
#include "base/directory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for the models' names");
}

static lk_status add_candidate(
		lk_comparison *c, const char *name, size_t length, lk_error *error)
{
	lk_candidate *all = realloc(c->candidate, (c->candidates + 1) * sizeof *all);

	if (!all)
		return no_memory(error);
	c->candidate = all;
	all[c->candidates] = (lk_candidate){ .name = strndup(name, length) };
	if (!all[c->candidates++].name)
		return no_memory(error);
	return LK_OK;
}

/* The last `count` candidates as one contender. name NULL: the candidate's. */
static lk_status add_contender(
		lk_comparison *c, const char *name, size_t count, lk_error *error)
{
	lk_contender *all = realloc(c->contender, (c->contenders + 1) * sizeof *all);
	size_t first = c->candidates - count;

	if (!all)
		return no_memory(error);
	c->contender = all;
	all[c->contenders++] =
			(lk_contender){ .name = name ? name : c->candidate[first].name,
				.first = first,
				.count = count };
	return LK_OK;
}

/* "NAME=RUN,RUN,..."; the name's place in the text is cut off there. */
static lk_status add_group(lk_comparison *c, char *text, lk_error *error)
{
	char *equals = strchr(text, '='), *runs = equals ? equals + 1 : NULL;
	size_t count = 0;
	lk_status status = LK_OK;

	if (!equals || equals == text || !*runs)
		return lk_fail(error, LK_RANGE,
				"--group %s is not understood; write --group "
				"NAME=RUN,RUN,...",
				text);
	for (const char *at = runs; at && !status; count++) {
		size_t length = strcspn(at, ",");

		status = add_candidate(c, at, length, error);
		at = at[length] ? at + length + 1 : NULL;
	}
	*equals = 0;
	if (!status && count < 2)
		status = lk_fail(error, LK_RANGE,
				"--group %s has a single run; how much the seed "
				"matters "
				"takes two at least",
				text);
	return status ? status : add_contender(c, text, count, error);
}

static lk_status name_all(lk_comparison *c, const char *const *models, lk_error *error)
{
	const lk_texts *groups = &c->options->group;
	lk_status status = LK_OK;

	c->groups = groups->count > 0;
	for (size_t i = 0; i < groups->count && !status; i++)
		status = add_group(c, (char *)groups->text[i], error);
	for (size_t i = 0; models[i] && !status; i++) {
		status = add_candidate(c, models[i], strlen(models[i]), error);
		if (!status)
			status = add_contender(c, NULL, 1, error);
	}
	return status;
}

static lk_status score_model(lk_comparison *c, lk_candidate *m, lk_error *error)
{
	lk_loaded loaded;
	lk_predictor *predictor = NULL;
	lk_status status = lk_load(&loaded, m->name, c->options->tokenizer,
			c->common->quiet, error);

	if (!status)
		status = lk_loaded_policy(&m->policy, &loaded,
				loaded.ngram ? 0 : c->options->stride, error);
	if (!status)
		status = lk_loaded_predictor(&predictor, &loaded, &m->policy,
				lk_common_threads(c->common), error);
	if (!status) {
		m->kind = predictor->kind;
		m->directory = loaded.directory;
		loaded.directory = NULL;
		if (!c->common->quiet)
			status = lk_watch_new(&predictor, predictor, error);
	}
	if (!status) {
		lk_watch_begin(predictor, (size_t)c->text.nbytes);
		status = lk_costs_score(&m->costs, predictor, loaded.tokenizer,
				&c->text.documents, error);
	}
	if (!status)
		lk_watch_begin(predictor, 0);
	if (!status && c->options->calibration)
		status = lk_compare_calibrate(&m->calibrated, &loaded, predictor,
				&m->policy, &c->text.documents,
				lk_common_threads(c->common), error);
	lk_predictor_free(predictor);
	lk_loaded_free(&loaded);
	return status ? lk_fail_in(error, status, "%s", m->name) : LK_OK;
}

static lk_status score(lk_comparison *c, lk_candidate *m, lk_error *error)
{
	lk_status status;

	if (lk_path_exists(m->name) && !lk_path_is_directory(m->name)) {
		m->saved = true;
		m->kind = "scores";
		status = lk_scores_read(&m->costs, &m->policy, &m->directory, m->name,
				&c->text, error);
	} else {
		status = score_model(c, m, error);
	}
	if (status)
		return status;
	m->nll = lk_costs_nll(&m->costs);
	m->ends = lk_costs_ends(&m->costs);
	return LK_OK;
}

lk_status lk_compare_models(
		lk_comparison *c, const char *const *models, lk_error *error)
{
	lk_status status = name_all(c, models, error);

	for (size_t i = 0; i < c->candidates && !status; i++)
		status = score(c, &c->candidate[i], error);
	for (size_t i = 0; i < c->contenders && !status; i++) {
		lk_contender *k = &c->contender[i];

		k->finite = true;
		for (size_t j = 0; j < k->count; j++)
			k->finite &= isfinite(c->candidate[k->first + j].nll);
	}
	return status;
}
