/* train/recipe.h
 * Which model to train on a text in so much time: a table and a few formulas, fitted
 * to the runs of scripts/sweep that docs/minutes.md shows.
 *
 * What counts is how many floating-point operations fit into the time, C: seconds
 * times the rate of the machine's large products times the share of it that a step
 * of training reaches. The model's size follows from C as in compute-optimal
 * scaling [Hoffmann et al. 2022, arXiv:2203.15556], with constants of its own;
 * regularisation from how often the text will then be read. */
#ifndef LK_TRAIN_RECIPE_H
#define LK_TRAIN_RECIPE_H

#include "train/shape.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The shortest context, which may be doubled to make the others. */
enum { LK_RECIPE_CONTEXT = 128, LK_RECIPE_WINDOWS = 4 };

/* What there is. */
typedef struct {
	uint64_t text_nbytes; /* that train */
	double seconds;       /* for all of training, evaluations included */
	double flops;         /* a second, of large float products on all threads */
	double share;         /* of them, that training reaches; 0: not known yet */
	/* Bits per byte of trigrams that copy (evaluate/recurrence.h), in windows of
	 * LK_RECIPE_CONTEXT << i tokens; 0: not known */
	double copying[LK_RECIPE_WINDOWS];
} lk_budget;

/* What to do with it. */
typedef struct {
	uint32_t vocabulary; /* of byte-level BPE; LK_RECIPE_BYTES: bytes alone */
	lk_shape shape;        /* what of it is not 0 stays */
	size_t context, batch; /* tokens; sequences of a step */
	double dropout;        /* below 0: to be chosen */
	double bpe_dropout;    /* likewise */
	double muon_rate;      /* peak of Muon's rate; 0: to be chosen */
	double adam_rate;      /* and of AdamW's beside it, likewise */
	/* set by lk_recipe_choose: */
	double tokens;         /* that will be trained on, about */
	double epochs;         /* passes over the text that makes, about */
	double tokens_most;    /* that are of use: what comes after is learnt by heart */
} lk_recipe;

enum { LK_RECIPE_BYTES = 257 };

/* The highest rates that are chosen. */
#define LK_RECIPE_MUON_MOST 0.02
#define LK_RECIPE_ADAM_MOST 0.012

/* Nothing chosen yet. */
#define LK_RECIPE_OPEN ((lk_recipe){ .dropout = -1, .bpe_dropout = -1 })

/* The tokenizer's vocabulary, where it is open (0). */
void lk_recipe_choose_tokenizer(lk_recipe *recipe, const lk_budget *budget);

/* Twice the recipe's vocabulary of BPE, where the text is long enough for so many ids,
 * else 0. */
uint32_t lk_recipe_larger_vocabulary(const lk_recipe *recipe, const lk_budget *budget);

/* Does the text want so many ids? budget->copying must be known. */
bool lk_recipe_prefers_larger(const lk_budget *budget);

/* All that is open: fields that are 0 (dropouts: below 0). What is not open stays,
 * and the rest follows from it. bytes_per_token: of the text in this tokenizer. */
void lk_recipe_choose(lk_recipe *recipe, const lk_budget *budget,
		double bytes_per_token);

/* Bits per byte to expect, roughly: what training in the time makes of those of trigrams
 * that copy. 0 where these are not known. */
double lk_recipe_expect(const lk_budget *budget);

#endif
