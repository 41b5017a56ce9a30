#include "train/sessions.h"

#include "base/file.h"
#include "formats/json.h"
#include "support/scratch.h"

#include <string.h>

static const char text[] =
		"It was the best of times, it was the worst of times, it was the age of "
		"wisdom, it was the age of foolishness, it was the epoch of belief, it was "
		"the epoch of incredulity, it was the season of Light, it was the season of "
		"Darkness, it was the spring of hope, it was the winter of despair.";

session_config session_config_default(void)
{
	lk_model_config model = lk_model_config_default();

	model.vocabulary = 257;
	model.context = 8;
	model.layers = 1;
	model.width = 8;
	model.heads = 2;
	model.hidden = 16;
	model.dropout = 0.2;
	ck_assert_int_eq(lk_model_config_complete(&model, NULL), LK_OK);
	return (session_config){
		.model = model,
		.optimizer = { .kind = LK_ADAMW, .beta1 = 0.9, .beta2 = 0.99,
			.epsilon = 1e-8, .weight_decay = 0.1, .clip = 1 },
		.train = { .schedule = { .kind = LK_SCHEDULE_COSINE, .peak = 0.02,
				.least = 0.002, .warmup = 6, .steps = 16 },
			.batch = 2, .accumulate = 3, .eval_every = 5, .save_every = 4,
			.mask_documents = true, .seed = 7, .threads = 1 },
	};
}

static lk_tokens *tokens_of(const lk_tokenizer *tokenizer, size_t first, size_t count,
		size_t documents)
{
	lk_document document[4];
	lk_tokens *tokens;

	for (size_t i = 0; i < documents; i++)
		document[i] = (lk_document){ .path = "text",
			.text = (const unsigned char *)text + first + i * count,
			.nbytes = count, .ends = true };
	lk_documents all = { document, documents, documents * count };
	ck_assert_int_eq(lk_tokens_new(&tokens, &all, tokenizer, NULL), LK_OK);
	return tokens;
}

static lk_status on_event(void *context, const lk_event *event, lk_error *error)
{
	session *s = context;

	s->saves += event->kind == LK_EVENT_SAVE;
	s->evaluations += event->kind == LK_EVENT_EVAL;
	s->steps += event->kind == LK_EVENT_STEP;
	s->restarts += event->kind == LK_EVENT_RESTART;
	if (event->kind == LK_EVENT_STEP && !s->any_rate)
		ck_assert_double_eq(event->learning_rate,
				lk_schedule_rate(&s->config.train.schedule,
						event->step - 1));
	if (event->kind == LK_EVENT_DONE)
		s->done = *event;
	if (event->kind == LK_EVENT_STEP && event->step == s->stop_at)
		s->stop = SIGTERM;
	if (event->kind == LK_EVENT_STEP && event->step == s->fail_at)
		return lk_fail(error, LK_IO, "as if killed");
	return LK_OK;
}

void session_new(session *s, const session_config *config)
{
	const lk_tensor *parameters;
	size_t count;

	*s = (session){ .config = *config, .stop_at = SIZE_MAX, .fail_at = SIZE_MAX };
	ck_assert_int_eq(lk_isa_choose(&s->isa, NULL), LK_OK);
	ck_assert_int_eq(lk_tokenizer_new_byte(&s->tokenizer, NULL), LK_OK);
	s->training = tokens_of(s->tokenizer, 0, 90, 2);
	s->validation = tokens_of(s->tokenizer, 180, 61, 1);
	ck_assert_int_eq(lk_model_new(&s->model, &config->model, s->isa, NULL), LK_OK);
	lk_model_initialise(s->model, config->train.seed);
	ck_assert_int_eq(lk_model_reserve(s->model, config->train.batch,
					 config->model.context, true, NULL), LK_OK);
	parameters = lk_model_parameters(s->model, &count);
	ck_assert_int_eq(lk_optimizer_new(&s->optimizer, &config->optimizer, parameters,
					 lk_model_gradients(s->model, &count),
					 lk_model_roles(s->model), count, s->isa, NULL),
			LK_OK);
	s->trainer = (lk_trainer){
		.model = s->model,
		.optimizer = s->optimizer,
		.tokenizer = s->tokenizer,
		.training = s->training,
		.validation = s->validation,
		.training_name = "text",
		.validation_name = "text",
		.stop = &s->stop,
		.handler = on_event,
		.handler_context = s,
	};
	lk_tokenizer_hash(s->tokenizer, s->state.tokenizer_hash);
	strcpy(s->state.numeric_path, "of the test");
}

void session_free(session *s)
{
	lk_run_close(s->run);
	lk_optimizer_free(s->optimizer);
	lk_model_free(s->model);
	lk_tokens_free(s->training);
	lk_tokens_free(s->validation);
	lk_tokenizer_free(s->tokenizer);
}

void session_create(session *s, const char *name)
{
	json_t *description = json_pack("{s:s}", "test", name);
	lk_error error = { 0 };

	ck_assert_msg(!lk_run_create(&s->run, test_path(name), description, &error), "%s",
			error.text);
	json_decref(description);
	s->trainer.run = s->run;
}

void session_resume(session *s, const char *name)
{
	lk_error error = { 0 };
	json_t *description;

	ck_assert_msg(!lk_run_open(&s->run, test_path(name), &description, &error), "%s",
			error.text);
	json_decref(description);
	ck_assert_msg(!lk_run_restore(s->run, s->model, s->optimizer, &s->state, &error),
			"%s", error.text);
	s->trainer.run = s->run;
}

void session_remove(const char *name)
{
	ck_assert_int_eq(lk_directory_remove(test_path(name), NULL), LK_OK);
}

lk_status session_train(session *s, lk_error *error)
{
	return lk_train(&s->trainer, &s->config.train, &s->state, error);
}

static void print_log(const session *s, FILE *out)
{
	char *path = lk_path_join(lk_run_path(s->run), "log.jsonl");
	lk_bytes bytes;

	ck_assert_int_eq(lk_file_read(&bytes, path, 0, NULL), LK_OK);
	for (char *line = strtok((char *)bytes.data, "\n"); line;
			line = strtok(NULL, "\n")) {
		json_t *object;
		char *shown;

		ck_assert_int_eq(lk_json_parse(&object, line, strlen(line), path, NULL),
				LK_OK);
		json_object_del(object, "elapsed_s");
		json_object_del(object, "tokens_per_s");
		shown = lk_json_line(object);
		fprintf(out, "%s\n", shown);
		free(shown);
		json_decref(object);
	}
	lk_bytes_free(&bytes);
	free(path);
}

static void print_tensors(const lk_tensor *tensor, size_t count, FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		char hash[33];

		lk_hash128_text(hash, tensor[i].data, lk_tensor_nbytes(&tensor[i]));
		fprintf(out, "%s %s\n", tensor[i].name, hash);
	}
}

char *session_trace(const session *s)
{
	const lk_training_state *state = &s->state;
	const lk_tensor *tensor;
	char *trace = NULL;
	size_t length, count;
	FILE *out = open_memstream(&trace, &length);

	print_log(s, out);
	tensor = lk_model_parameters(s->model, &count);
	print_tensors(tensor, count, out);
	tensor = lk_optimizer_state(s->optimizer, &count);
	print_tensors(tensor, count, out);
	fprintf(out, "step %zu sequences %zu tokens %zu best %zu %a since %zu at %zu\n",
			(size_t)state->step, (size_t)state->sequences,
			(size_t)state->tokens, (size_t)state->best_step, state->best_nll,
			(size_t)state->evals_since_best, (size_t)state->evaluated_step);
	fclose(out);
	return trace;
}

char *session_unbroken(const session_config *config, const char *name)
{
	lk_error error = { 0 };
	char *trace;
	session s;

	session_new(&s, config);
	session_create(&s, name);
	ck_assert_msg(!session_train(&s, &error), "%s", error.text);
	trace = session_trace(&s);
	session_free(&s);
	return trace;
}
