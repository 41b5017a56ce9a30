/* cli/train_run.h
 * One run of `likely train`: everything it is made of, and the stages in which
 * that comes to be, a file for each. */
#ifndef LK_CLI_TRAIN_RUN_H
#define LK_CLI_TRAIN_RUN_H

#include "cli/training_options.h"
#include "ngram/ngram.h"
#include "train/plan.h"
#include "train/recipe.h"
#include "train/train.h"

enum { LK_RUN_FORMAT = 1 /* of run.json */ };

/* What kind of model: the options of an n-gram model. */
typedef struct {
	const char *model; /* "transformer", or "ngram:" and the order */
	lk_ngram_smoothing smoothing;
	double alpha;
} lk_kind_options;

lk_kind_options lk_kind_options_default(void);
lk_option_group lk_kind_group(lk_kind_options *values);
bool lk_kind_is_transformer(const lk_kind_options *values);

/* What an n-gram model of the same text reaches on the validation text. */
typedef struct {
	size_t order;         /* the best; 0: there was no time to try */
	bool of_bytes;        /* not of the run's tokens */
	double nll;           /* nats per token, or byte */
	double bits_per_byte;
	double seconds;       /* that trying took, */
	double again_s;       /* and that counting and saving the best one may take */
} lk_bar;

/* How the steps go that are to fill the minutes. */
typedef struct {
	uint64_t again_at;     /* the step after which they are first counted anew; 0:
				  never */
	double steps_s;        /* of so many of late, evaluations aside */
	uint64_t steps;
	uint64_t evaluated;    /* the step of the last evaluation, and its time */
	double evaluated_at;
	lk_pace pace;          /* from one evaluation to the next; step_s 0: not known */
} lk_train_time;

typedef struct {
	/* what was asked for */
	lk_kind_options kind;
	lk_training_options options;
	lk_model_config config;
	lk_common_options common;
	lk_option_group training_group, kind_group, model_group, common_group;
	lk_option_group *groups[5]; /* of these four, NULL-terminated */
	lk_command_line line;
	const char **path; /* of the corpus; the strings belong to others */
	size_t path_count;

	/* where it goes */
	char *out;          /* malloc'd */
	bool out_existed;
	json_t *saved;      /* run.json of a resumed run, else NULL */
	lk_run *run;

	/* what is chosen for the time that there is (train_choice.c) */
	double begun;       /* when the command began, by lk_clock_seconds */
	lk_budget budget;   /* flops 0: not known */
	lk_recipe recipe;
	lk_recipe asked;    /* what was settled before anything was chosen */
	bool chosen;        /* recipe holds what was, */
	lk_model_config open_config; /* and this, what follows from it still open */
	bool text_is_short; /* there would be time for more passes than are of use */
	lk_bar bar;
	bool counted;       /* n-grams did better: they are the run's best */
	uint64_t beginning; /* which of --restarts goes on, from 0 */
	json_t *beginnings; /* losses of all; NULL: there is one */

	/* the text */
	lk_tokenizer *tokenizer;
	const char *tokenizer_reason; /* why it is this one; NULL: it was asked for */
	lk_tokens *training, *validation;
	uint64_t validation_most;  /* tokens that validate; 0: all there are */
	uint64_t validation_whole; /* bytes that validation is a sample of; 0: it is all */
	json_t *corpus;     /* its files, hashes and ranges, as in run.json */
	char *training_name, *validation_name;
	bool context_shortened; /* to fit a short text */

	/* what learns from it */
	lk_isa isa;
	char numeric_path[256];
	lk_ngram *ngram;    /* or: */
	lk_model *model;
	lk_optimizer *optimizer;
	lk_optimizer_config optimizer_config;
	lk_train_config train;
	lk_training_state state;
	lk_pace pace;           /* where minutes are planned; step_s 0: not yet */
	lk_train_time time;
	size_t memory;      /* predicted peak, bytes */
	uint64_t windows;   /* sequences of an epoch */
} lk_train_run;

/* train_prepare.c: text, tokenizer, model, plan, and all else that must be right
 * before something is written. Ends the command where options do not go together. */
lk_status lk_train_prepare(lk_train_run *run, lk_error *error);

/* What the options say of the optimiser and of the loop, as far as they say it
 * before the number of steps is known. */
void lk_train_configure(lk_train_run *run);

/* train_resume.c: the options of run.json where the user gave none. A given one
 * that differs and may not is a usage error. */
lk_status lk_train_merge(lk_train_run *run, lk_error *error);

/* An option of the group that the user gave, and that object says otherwise, as a
 * sentence into text; false where there is none. Options in free_options
 * (NULL-terminated) may differ. whose: "the run's". */
bool lk_train_contradiction(char *text, size_t size, const lk_option_group *group,
		const json_t *object, const char *const *free_options,
		const char *whose);

/* train_text.c: read the corpus, make the tokenizer unless there is one, count
 * tokens; a resumed run's text must be the one that it began with. */
lk_status lk_train_read_text(lk_train_run *run, lk_error *error);

/* The same without what only a model with windows needs. */
lk_status lk_train_read_tokens(lk_train_run *run, lk_error *error);

/* train_text.c: check and remember what trains and what validates. */
lk_status lk_train_describe_corpus(lk_train_run *run, const lk_documents *training,
		const lk_documents *validation, lk_error *error);

/* train_tokenizer.c: make the tokenizer unless there is one (corpus NULL: there is
 * no text to make it of). */
lk_status lk_train_make_tokenizer(lk_train_run *run, const lk_corpus *corpus,
		lk_reading *reading, lk_error *error);

/* train_tokens.c: the streams of a corpus that is a token file. */
lk_status lk_train_open_token_file(lk_train_run *run, lk_reading *reading,
		lk_error *error);

/* train_model.c: the model of --from and its tokenizer; then model and optimiser,
 * their memory taken, their state new. */
lk_status lk_train_load_model(lk_train_run *run, lk_error *error);
lk_status lk_train_make_model(lk_train_run *run, lk_error *error);

/* What the initial weights are drawn from. */
uint64_t lk_train_initial_seed(const lk_train_run *run);

/* An lk_renew of a run: the weights that it began with. */
lk_status lk_train_renew(void *context, lk_model *model, lk_error *error);

/* train_restarts.c: of --restarts, which beginning is the best; the model then has
 * its weights again, as they were drawn. */
lk_status lk_train_choose_beginning(lk_train_run *run, lk_error *error);

/* Steps that trying them takes, where all of the run has so many. */
uint64_t lk_train_beginning_steps(const lk_train_run *run, uint64_t steps);

/* train_choice.c: is there something to be chosen for the time there is? Then the
 * tokenizer, where that is open, or two to choose from; and, once the text has been tokenised,
 * all else that neither the user nor a preset said. */
bool lk_train_chooses(const lk_train_run *run);
lk_status lk_train_choose_tokenizer(lk_train_run *run, lk_tokenizer_choice *choice,
		const lk_documents *training, lk_error *error);
lk_status lk_train_choose(lk_train_run *run, lk_error *error);

/* How far back the text repeats itself, into run->budget.copying: trigrams that copy are
 * counted in one part of it and predict another, both in ids of this tokenizer. */
lk_status lk_train_measure_recurrence(lk_train_run *run, const lk_tokens *counted,
		const lk_tokens *scored, const lk_tokenizer *tokenizer, lk_error *error);

/* The same for all but tokenizer and context, now that run->pace says what a step
 * of the chosen model really does; forgotten where that makes it another model. */
lk_status lk_train_choose_again(lk_train_run *run, lk_error *error);

/* train_vocabulary.c: run->tokenizer, learnt with more ids than `vocabulary`, keeps them
 * where the text hardly repeats itself, else loses them. */
lk_status lk_train_choose_vocabulary(lk_train_run *run, const lk_corpus *corpus,
		uint32_t vocabulary, lk_error *error);

/* train_bar.c: where the model was chosen, what n-grams reach on its text; whether they
 * may well do better than training; and at the end of training: where they did better
 * than bits_per_byte, an n-gram model becomes the run's best, and run->counted says
 * so. */
lk_status lk_train_measure_bar(lk_train_run *run, lk_error *error);
bool lk_train_ngrams_may_win(const lk_train_run *run);
const char *lk_bar_unit(const lk_bar *bar); /* after its order: "tokens", "byte" and so on */
lk_status lk_train_keep_better(lk_train_run *run, double bits_per_byte, lk_error *error);

/* train_text.c: what so many nats per token of the validation text are in bits per
 * byte. */
double lk_train_bits_per_byte(const lk_train_run *run, double nll);

/* train_plan.c: tokens of a step, once run->train is configured. */
uint64_t lk_train_step_tokens(const lk_train_run *run);

/* train_plan.c: the number of steps, and what follows from it. */
lk_status lk_train_plan(lk_train_run *run, lk_error *error);

/* train_minutes.c: how fast the model is, into run->pace. */
lk_status lk_train_measure_pace(lk_train_run *run, lk_error *error);

/* Steps, and the cadence of evaluations, for the minutes that there are, less what
 * has been used up. */
lk_status lk_train_plan_minutes(lk_train_run *run, lk_error *error);

/* Hear of an event of training before the checkpoint that it may bring: where the
 * minutes hold another number of steps than planned, these change, with the schedule
 * (lk_schedule_bend) and run.json. */
lk_status lk_train_keep_time(bool *changed, lk_train_run *run, const lk_event *event,
		lk_error *error);

/* train_ngram.c: is an n-gram model wanted (ends the command where the options
 * do not go together)? If so, all of it: estimate, save, measure, say so. */
bool lk_train_wants_ngram(lk_train_run *run);
lk_status lk_train_ngram(lk_train_run *run, lk_error *error);

/* Make the run, new or resumed, say what it is; and take back one that did not get
 * to its first checkpoint. */
lk_status lk_train_create(lk_train_run *run, lk_error *error);
void lk_train_remove_empty(lk_train_run *run);

/* train_describe.c: run.json; a new reference, NULL when out of memory. */
json_t *lk_train_describe(const lk_train_run *run);

/* Parts of it, likewise. */
json_t *lk_describe_tokenizer(const lk_tokenizer *tokenizer);
json_t *lk_describe_ngram(const lk_ngram *ngram);
json_t *lk_describe_bar(const lk_bar *bar);

/* What lk_train works on; stop, handler and its context are still to be set. */
lk_trainer lk_train_trainer(const lk_train_run *run);

#endif
