/* cli/training_options.h
 * Options of training, written once: the struct, its defaults, --help, range
 * checks, presets, and what run.json keeps for --resume expand these tables. */
#ifndef LK_CLI_TRAINING_OPTIONS_H
#define LK_CLI_TRAINING_OPTIONS_H

#include "cli/options.h"
#include "cli/presets.h"
#include "cli/reading.h"
#include "cli/tokenizer_choice.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

/* clang-format off */
/* Counts: field, option, default, least, most, unit, help, what --help says
 * instead of a default of 0. */
#define LK_TRAINING_COUNTS(X)                                                                                   \
	X(batch,      "batch",      32, 1, 1u << 20,          "sequences",   "sequences of a micro-batch", NULL) \
	X(accumulate, "accumulate", 1,  1, 1u << 20,          "micro-batches", "micro-batches of a step: their gradients are averaged over all tokens", NULL) \
	X(steps,      "steps",      0,  0, 1000000000000u,    "steps",       "updates in all", "what fits into --minutes") \
	X(warmup,     "warmup",     0,  0, 1000000000000u,    "steps",       "steps in which the learning rate rises", "a tenth of all, with muon a fiftieth, at most 100") \
	X(eval_every, "eval-every", 0,  0, 1000000000000u,    "steps",       "evaluate the validation text that often, and save", "20 times in all") \
	X(save_every, "save-every", 0,  0, 1000000000000u,    "steps",       "save that often besides", "only with evaluations") \
	X(patience,   "patience",   5,  0, 1000000,           "evaluations", "stop after so many evaluations without a new best; 0: never", "never") \
	X(restarts,   "restarts",   1,  1, 1000,              "beginnings",  "draw the initial weights so many times, train each for a fortieth of the steps (all together no more than a fifth), and go on with the best", NULL) \
	X(recover,    "recover",    3,  0, 1000,              "times",       "begin again with a lower learning rate, within the steps that are left, when a run diverges or is stuck; 0: fail", "never")

/* Reals: field, option, default, least, most, help, what --help says instead of
 * a default of 0. */
#define LK_TRAINING_REALS(X)                                                                                    \
	X(epochs,        "epochs",            0,    0, 1e9,  "train for so many passes over the text, instead of --steps", "see --steps") \
	X(minutes,       "minutes",           5,    0, 1e7,  "be done in about so many minutes; tokenizer, layers, width, heads, context, batch, rates and dropout, where not given, are chosen for them, as --dry-run shows", NULL) \
	X(learning_rate, "learning-rate",     0,    0, 100,  "peak learning rate; with muon that of the matrices in the layers", "0.001, with muon 0.02, or less for many --minutes") \
	X(adam_learning_rate, "adam-learning-rate", 2e-3, 0, 100, "with muon: peak learning rate of all that AdamW updates beside it, embeddings, head, gains and biases; it takes the same course", NULL) \
	X(embedding_rate, "embedding-rate",   0,    0, 1000, "learning rate of embeddings, times that of the rest", "1, with muon 3") \
	X(min_learning_rate, "min-learning-rate", 0, 0, 100, "learning rate at the last step", "0; with another --preset, a tenth of --learning-rate") \
	X(cooldown,      "cooldown",          0.2,  0, 1,    "share of the steps that decays, with --schedule wsd", NULL) \
	X(beta1,         "beta1",             0.9,  0, 0.999999, "decay of AdamW's first moment", NULL)            \
	X(beta2,         "beta2",             0.99, 0, 0.999999, "decay of AdamW's second moment", NULL)           \
	X(epsilon,       "epsilon",           1e-8, 1e-30, 1, "added to the root of AdamW's second moment", NULL)  \
	X(momentum,      "momentum",          0.9,  0, 0.999999, "momentum of SGD", NULL)                          \
	X(muon_momentum, "muon-momentum",     0.95, 0, 0.999999, "momentum of Muon (Nesterov's)", NULL)            \
	X(weight_decay,  "weight-decay",      0.1,  0, 1000, "shrink matrices by learning rate times this, beside the gradient step (decoupled); not the same as --l2", NULL) \
	X(l2,            "l2",                0,    0, 1000, "add L2/2 |w|^2 of the matrices to the mean NLL per token: MAP estimation under a Gaussian prior of variance 1/(L2 N), N training tokens; --weight-decay is not that", NULL) \
	X(bpe_dropout,   "bpe-dropout",       0,    0, 1,    "leave out each merge of the tokenizer with this probability while training: the same text in other tokens each time (BPE-dropout, against overfitting)", NULL) \
	X(clip,          "clip",              1,    0, 1e9,  "greatest norm of the gradient; 0: no limit", NULL)

/* Choices: enum type, field, option, default, list, help. */
#define LK_TRAINING_CHOICES(X)                                                                                  \
	X(lk_optimizer_kind, optimizer, "optimizer", LK_ADAMW, LK_OPTIMIZERS, "how gradients become updates; muon: the matrices in the layers by momentum whose singular values are made equal (Newton-Schulz), the rest by AdamW")      \
	X(lk_schedule_kind, schedule, "schedule", LK_SCHEDULE_COSINE, LK_SCHEDULES, "course of the learning rate after the warm-up")

/* Flags: field, option, help. All begin false. */
#define LK_TRAINING_FLAGS(X)                                                                                    \
	X(nesterov,       "nesterov",       "Nesterov's momentum in SGD")                                          \
	X(mask_documents, "mask-documents", "attention does not reach back over a document's beginning")           \
	X(dry_run,        "dry-run",        "say what would be trained, and for how long, and stop there")        \
	X(resume,         "resume",         "go on with the run in --out, or the newest; --steps may extend it")

/* Texts: field, option, default, what stands for the argument, help, what --help
 * says instead of no default. */
#define LK_TRAINING_TEXTS(X)                                                                                    \
	X(out,       "out",       NULL,   "DIR",    "where the run goes", "checkpoints/ and the text's name")                         \
	X(preset,    "preset",    NULL,   "NAME",   "start from a named configuration (" LK_PRESET_NAMES "); what is given beside it counts", "none") \
	X(tokenizer, "tokenizer", "auto", "KIND",   LK_TOKENIZER_HELP, NULL) \
	X(documents, "documents", "files", "RULE",  LK_DOCUMENTS_HELP, NULL)                                                          \
	X(cache,     "cache",     NULL,   "DIR",    LK_CACHE_HELP, LK_CACHE_OTHERWISE)                                                \
	X(from,      "from",      NULL,   "DIR",    "begin with the weights and the tokenizer of this model", "none")
/* clang-format on */

typedef struct {
#define X(field, ...) size_t field;
	LK_TRAINING_COUNTS(X)
#undef X
#define X(field, ...) double field;
	LK_TRAINING_REALS(X)
#undef X
#define X(type, field, ...) type field;
	LK_TRAINING_CHOICES(X)
#undef X
#define X(field, ...) bool field;
	LK_TRAINING_FLAGS(X)
#undef X
#define X(field, ...) const char *field;
	LK_TRAINING_TEXTS(X)
#undef X
	lk_texts val; /* --val FILE, repeatable */
} lk_training_options;

/* Names of the choices, NULL-terminated. */
extern const char *const lk_optimizer_choices[];
extern const char *const lk_schedule_choices[];

lk_training_options lk_training_options_default(void);
lk_option_group lk_training_group(lk_training_options *values);

#endif
