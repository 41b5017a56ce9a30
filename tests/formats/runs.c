#include "formats/runs.h"

#include "formats/models.h"
#include "support/scratch.h"

#include <math.h>

static void fill(const lk_tensor *tensors, size_t count, uint64_t seed)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < lk_tensor_count(&tensors[i]); k++)
			((float *)tensors[i].data)[k] = (float)(seed + 1) /
					(float)(3 * k + 7 * i + 1);
}

void test_training_new(test_training *t, uint64_t step)
{
	lk_model_config config = test_config(&model_cases[0]);
	lk_optimizer_config adamw = { .kind = LK_ADAMW, .beta1 = 0.9, .beta2 = 0.99,
		.epsilon = 1e-8 };
	const lk_tensor *parameters, *gradients, *moments;
	size_t count, moment_count;

	*t = (test_training){ 0 };
	t->model = test_model(&config, lk_isa_best(), step);
	ck_assert_int_eq(lk_model_reserve(t->model, 1, 2, true, NULL), LK_OK);
	parameters = lk_model_parameters(t->model, &count);
	gradients = lk_model_gradients(t->model, &count);
	ck_assert_int_eq(lk_optimizer_new(&t->optimizer, &adamw, parameters, gradients,
					 NULL, count, lk_isa_best(), NULL), LK_OK);
	moments = lk_optimizer_state(t->optimizer, &moment_count);
	fill(moments, moment_count, step);
	ck_assert_int_eq(lk_tokenizer_new_byte(&t->tokenizer, NULL), LK_OK);
	t->state = (lk_training_state){ .step = step, .sequences = 3 * step,
		.tokens = step << 20, .best_step = step / 2,
		.best_nll = step ? 1.0 / (double)(3 * step) : (double)INFINITY,
		.evals_since_best = step / 3, .elapsed_s = 0.1 * (double)step };
	lk_tokenizer_hash(t->tokenizer, t->state.tokenizer_hash);
	snprintf(t->state.numeric_path, sizeof t->state.numeric_path, "\"a\" %d",
			(int)step);
}

void test_training_free(test_training *t)
{
	lk_optimizer_free(t->optimizer);
	lk_model_free(t->model);
	lk_tokenizer_free(t->tokenizer);
	*t = (test_training){ 0 };
}

bool test_training_same(const test_training *a, const test_training *b)
{
	const lk_training_state *s = &a->state, *u = &b->state;
	size_t count, other;
	const lk_tensor *x = lk_optimizer_state(a->optimizer, &count);
	const lk_tensor *y = lk_optimizer_state(b->optimizer, &other);
	bool same = test_same_weights(a->model, b->model) && count == other &&
			s->step == u->step && s->sequences == u->sequences &&
			s->tokens == u->tokens && s->best_step == u->best_step &&
			s->log_nbytes == u->log_nbytes &&
			s->evals_since_best == u->evals_since_best &&
			!memcmp(&s->best_nll, &u->best_nll, sizeof s->best_nll) &&
			!memcmp(&s->elapsed_s, &u->elapsed_s, sizeof s->elapsed_s) &&
			!strcmp(s->tokenizer_hash, u->tokenizer_hash) &&
			!strcmp(s->numeric_path, u->numeric_path);

	for (size_t i = 0; same && i < count; i++)
		same = !memcmp(x[i].data, y[i].data, lk_tensor_nbytes(&x[i]));
	return same;
}

void test_save(lk_run *run, const test_training *t, bool best)
{
	lk_error error = { 0 };

	ck_assert_msg(!lk_run_save(run, t->model, t->tokenizer, t->optimizer, &t->state,
				      best, &error), "%s", error.text);
}

uint64_t test_restore(lk_run *run)
{
	test_training is, should;
	lk_error error = { 0 };
	uint64_t step;

	test_training_new(&is, 1000);
	ck_assert_msg(!lk_run_restore(run, is.model, is.optimizer, &is.state, &error),
			"%s", error.text);
	step = is.state.step;
	test_training_new(&should, step);
	ck_assert(test_training_same(&is, &should));
	test_training_free(&is);
	test_training_free(&should);
	return step;
}

lk_run *test_run_new(const char *name)
{
	json_t *description = json_pack("{s:s}", "options", name);
	lk_error error = { 0 };
	lk_run *run;

	ck_assert_msg(!lk_run_create(&run, test_path(name), description, &error), "%s",
			error.text);
	json_decref(description);
	return run;
}

lk_run *test_run_open(const char *path)
{
	json_t *description;
	lk_error error = { 0 };
	lk_run *run;

	ck_assert_msg(!lk_run_open(&run, path, &description, &error), "%s", error.text);
	json_decref(description);
	return run;
}

size_t test_run_count(const lk_run *run, const char *prefix)
{
	DIR *directory = opendir(lk_run_path(run));
	size_t count = 0;

	ck_assert_ptr_nonnull(directory);
	for (struct dirent *entry; (entry = readdir(directory));)
		count += !strncmp(entry->d_name, prefix, strlen(prefix)) &&
				strcmp(entry->d_name, ".") &&
				strcmp(entry->d_name, "..");
	closedir(directory);
	return count;
}
