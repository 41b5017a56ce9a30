#include "train/recipe.h"

#include "model/flops.h"

#include <math.h>

/* Share of the rate of large products that training usually reaches, the optimiser,
 * the evaluations and what models this small lose counted in. */
#define SHARE 0.45

/* The operations of about a minute on two cores, where the table of docs/minutes.md
 * begins: what is known there, and how it changes. */
#define UNIT 1e13

/* Parameters of the layers, N = A (C / UNIT)^B: where the loss after so many
 * operations is least. Beyond a minute they grow a little more slowly than the tokens. */
#define SIZE_FACTOR   3.4e5
#define SIZE_EXPONENT 0.7
#define SIZE_SLOWLY   0.41 /* the exponent beyond UNIT */

/* Ids of the tokenizer, likewise, but beyond a minute they hardly become more: what is to be
 * copied is found in short tokens, and more so in longer runs. No more than one for so many
 * bytes of text: an id that is seldom met is not learnt, and in many passes is learnt by
 * heart. Below the least, and for texts of less than TEXT_LEAST bytes, bytes do better. */
#define VOCABULARY_FACTOR       2048.0
#define VOCABULARY_EXPONENT     0.25
#define VOCABULARY_SLOWLY       0.1 /* the exponent beyond UNIT */
#define VOCABULARY_NBYTES       700.0
#define VOCABULARY_NBYTES_OFTEN 900.0 /* where the text is read often */
#define TOKEN_NBYTES            2.7   /* of BPE, about */
enum { VOCABULARY_LEAST = 512, VOCABULARY_MOST = 16384, TEXT_LEAST = 50000 };

/* Dropout grows with each doubling of the passes over the text beyond the first few, and
 * of the layers' parameters beyond what a minute trains, as far as that is more than the
 * text fills: with each doubling of the parameters for each token, twice over where those
 * are many. A little of it costs more time than it brings. */
#define DROPOUT_EACH      0.065
#define DROPOUT_FROM      5.0
#define DROPOUT_EACH_SIZE 0.04
#define DROPOUT_FROM_SIZE 4.5e5 /* parameters */
#define DROPOUT_FILLED    0.46  /* parameters for each token */
#define DROPOUT_FROM_TEXT 10.0  /* likewise */
#define DROPOUT_LEAST     0.03
#define DROPOUT_MOST      0.3

/* Where time would make more passes than a few, a larger model makes fewer, up to so
 * many parameters of the layers for each token of the text. No time makes it larger
 * than SIZE_MOST (text / SIZE_MOST_TEXT)^SIZE_MOST_EXPONENT: what a text cannot fill has
 * to be held down by dropout, and a smaller model, seen through, does better. A text
 * is read often where the time alone would make EPOCHS_OFTEN passes. */
#define EPOCHS_FEW         5.0
#define EPOCHS_OFTEN       9.0
#define SIZE_BY_TEXT       4.5
#define SIZE_MOST          4.4e5
#define SIZE_MOST_TEXT     3.5e4 /* tokens */
#define SIZE_MOST_EXPONENT 0.6
#define ATTENTION          1.15 /* what it adds to the operations of layers and head */
#define SHALLOW            2.0  /* layers of a small model */

/* Passes beyond which a text is learnt by heart, dropout or not; and from which on
 * the merges of a BPE are left out now and then, which hurts where passes are few. */
#define EPOCHS_MOST 30.0
#define EPOCHS_MANY 20.0
#define BPE_DROPOUT 0.1

/* Bits per byte as a share of those of trigrams that copy (in the second of the windows),
 * at UNIT on a text of so many bytes; each doubling of the text takes
 * something off, and so does each doubling of the operations, which is the more, by a
 * share for each doubling of the text, the more there is to learn. */
#define EXPECTED_SHARE     0.904
#define EXPECTED_TEXT      4e6
#define EXPECTED_TEXT_MORE 0.0285
#define EXPECTED_GAIN      0.0324
#define EXPECTED_TEXT_GAIN 0.24
#define EXPECTED_DOUBLINGS 3.0 /* of the text, or halvings, at most */
#define EXPECTED_LEAST     0.6

/* Both rates, from UNIT on, fall with a power of the operations: the longer the run, the
 * less is left of what a high rate learns, and undoes again. */
#define RATES_FALL 0.4

/* AdamW's rate, for embeddings and head, at most LK_RECIPE_ADAM_MOST: what a text that
 * is read once or twice has to say must be learnt at once, but in many passes, and the
 * more so the shorter it is, a high rate learns it by heart. It falls with a power of
 * the passes for each million tokens of the text, too, from so many on. */
#define ADAM_LEAST 2e-3
#define ADAM_FROM  4.0
#define ADAM_FALL  1.3
#define MILLION    1e6

/* Twice as many ids do better where a text repeats itself so little that windows of 1,024
 * tokens save trigrams that copy less than so many bits per byte over windows of 128: long
 * tokens make more of the steps, but what is to be copied is found in short ones. */
#define VOCABULARY_COPYING 0.025

/* The context: LK_RECIPE_CONTEXT is doubled where there are tokens of text for it, and where
 * the text repeats itself at such distances: induction heads are worth the more, the further
 * they look back, but a longer context makes fewer tokens of the operations, and fewer
 * beginnings. Each halving of the tokens costs so many bits per byte, less where they are
 * read more than a few times, and each halving of the operations below those that are
 * enough for the context costs some more: heads have to learn to look so far. There are
 * operations enough to do it anyway, since not all that is worth knowing of what stands far
 * back is to be copied. */
#define DOUBLING_PRICE  0.09
#define DOUBLING_EPOCHS 4.0
#define SHORT_PRICE     0.04
static const struct {
	double enough, text, anyway;
} longer[LK_RECIPE_WINDOWS - 1] = { { 1e12, 2e5, 2e13 }, { 4e12, 3e5, HUGE_VAL },
	{ 2e13, 8e5, HUGE_VAL } };

/* Tokens of a step; beyond so many passes for each million tokens of the text half of
 * that, since there is more time than text. It costs time, as Muon's work is for each
 * step, and grows with the cube of the width: too much above so wide a model. */
#define SMALL_STEPS_FROM 8.0
enum { STEP_TOKENS = 2048, SMALL_STEPS_WIDTH = 128 };

/* Tokens of fewer bytes than this are no BPE's. */
#define BYTES 1.5

/* Operations of a training step for each token, with a context. */
static double token_flops(const lk_recipe *r, size_t context)
{
	lk_model_config config = lk_model_config_default();
	lk_error error;

	config.layers = r->shape.layers;
	config.width = r->shape.width;
	config.heads = r->shape.heads;
	config.context = context;
	config.vocabulary = r->vocabulary;
	if (lk_model_config_complete(&config, &error))
		return 6 * lk_shape_parameters(r->shape.layers, r->shape.width);
	return lk_model_training_flops(&config, context);
}

/* Operations that fit into the time. */
static double operations(const lk_budget *budget)
{
	double share = budget->share > 0 ? budget->share : SHARE;

	return fmax(budget->seconds, 0) * budget->flops * share;
}

/* How many times what is right at UNIT: a power of the operations, another one beyond. */
static double growth(double C, double exponent, double beyond)
{
	return pow(C / UNIT, C > UNIT ? beyond : exponent);
}

/* Parameters of the layers that the time deserves. */
static double size_for(double C)
{
	return SIZE_FACTOR * growth(C, SIZE_EXPONENT, SIZE_SLOWLY);
}

/* Parameters N of the layers with which C operations make so many passes over so many
 * tokens: a smaller model makes more. A token takes 6 N operations, 6 ids width for the
 * head, and attention; N = 12 layers width^2, so this is a quadratic equation in its root. */
static double size_for_epochs(double C, double text, double vocabulary, double epochs)
{
	double each = C / (epochs * text) / (6 * ATTENTION);
	double half = vocabulary / sqrt(12 * SHALLOW) / 2;
	double root = sqrt(half * half + each) - half;

	return root * root;
}

/* Is there time for many passes over so many tokens? */
static bool is_read_often(double C, double text, double vocabulary)
{
	return size_for(C) < size_for_epochs(C, text, vocabulary, EPOCHS_OFTEN);
}

/* Ids that a text has enough of for each to be learnt. */
static double vocabulary_of_text(const lk_budget *budget)
{
	double nbytes = (double)budget->text_nbytes;
	bool often = is_read_often(
			operations(budget), nbytes / TOKEN_NBYTES, VOCABULARY_FACTOR);

	return nbytes / (often ? VOCABULARY_NBYTES_OFTEN : VOCABULARY_NBYTES);
}

void lk_recipe_choose_tokenizer(lk_recipe *recipe, const lk_budget *budget)
{
	double nbytes = (double)budget->text_nbytes, C = operations(budget);
	double wanted = VOCABULARY_FACTOR *
			growth(C, VOCABULARY_EXPONENT, VOCABULARY_SLOWLY);
	uint32_t vocabulary = VOCABULARY_LEAST;

	if (recipe->vocabulary)
		return;
	wanted = fmin(wanted, vocabulary_of_text(budget));
	while (vocabulary < VOCABULARY_MOST && sqrt(2) * vocabulary <= wanted)
		vocabulary *= 2; /* the nearest, as ratios go */
	recipe->vocabulary = nbytes < TEXT_LEAST ? LK_RECIPE_BYTES : vocabulary;
}

uint32_t lk_recipe_larger_vocabulary(const lk_recipe *recipe, const lk_budget *budget)
{
	uint32_t larger = 2 * recipe->vocabulary;

	return recipe->vocabulary > LK_RECIPE_BYTES && larger <= VOCABULARY_MOST &&
					larger <= vocabulary_of_text(budget)
			? larger
			: 0;
}

bool lk_recipe_prefers_larger(const lk_budget *budget)
{
	const double *bits = budget->copying;

	return bits[0] - bits[LK_RECIPE_WINDOWS - 1] < VOCABULARY_COPYING;
}

/* The dropout for so many passes of a model of so many parameters over so many
 * tokens. Few passes make up for some size, BPE-dropout for all of it. */
static double dropout_for(double epochs, double parameters, double text,
		bool with_bpe_dropout)
{
	double each = parameters / text;
	double large = fmin(parameters / DROPOUT_FROM_SIZE, each / DROPOUT_FILLED);
	double dropout = DROPOUT_EACH * log2(epochs / DROPOUT_FROM);

	if (!with_bpe_dropout)
		dropout += DROPOUT_EACH_SIZE * log2(fmax(large, 1));
	if (dropout < DROPOUT_LEAST)
		return 0;
	dropout += DROPOUT_EACH_SIZE * log2(fmax(each / DROPOUT_FROM_TEXT, 1));
	return round(100 * fmin(dropout, DROPOUT_MOST)) / 100;
}

/* In ten-thousandths, as people write rates, and never to none, which is no choice. */
static double round_rate(double rate)
{
	return fmax(round(1e4 * rate), 1) / 1e4;
}

/* The share of a minute's rate that is right for C operations. */
static double long_run(double C)
{
	return growth(C, 0, -RATES_FALL);
}

static double muon_rate_for(double C)
{
	return round_rate(LK_RECIPE_MUON_MOST * long_run(C));
}

static double adam_rate_for(double C, double passes_each)
{
	double often = pow(fmax(passes_each / ADAM_FROM, 1), -ADAM_FALL);
	double rate = LK_RECIPE_ADAM_MOST * fmin(long_run(C), often);

	return round_rate(fmax(rate, ADAM_LEAST));
}

static size_t batch_for(size_t context, size_t width, double passes_each)
{
	bool small = passes_each > SMALL_STEPS_FROM && width <= SMALL_STEPS_WIDTH;
	size_t tokens = small ? STEP_TOKENS / 2 : STEP_TOKENS;

	return context < tokens ? tokens / context : 1;
}

/* What a context twice as long costs, in bits per byte. */
static double price(
		const lk_recipe *r, size_t context, double C, double text, double enough)
{
	double each = token_flops(r, context);
	double tokens = token_flops(r, 2 * context) / each;
	double epochs = C / each / text;

	return DOUBLING_PRICE * log2(tokens) * fmin(DOUBLING_EPOCHS / epochs, 1) +
			SHORT_PRICE * log2(fmax(enough / C, 1));
}

static size_t context_for(
		const lk_recipe *r, const lk_budget *budget, double C, double text)
{
	size_t context = LK_RECIPE_CONTEXT;

	for (size_t i = 0; i + 1 < LK_RECIPE_WINDOWS; i++) {
		double gain = budget->copying[i] - budget->copying[i + 1];

		if (text <= longer[i].text ||
				(C <= longer[i].anyway &&
						gain <= price(r, context, C, text, longer[i].enough)))
			break;
		context *= 2;
	}
	return context;
}

/* Parameters of the layers that the time and the text deserve. */
static double wanted_size(double C, double text, double vocabulary)
{
	double most = SIZE_MOST * pow(text / SIZE_MOST_TEXT, SIZE_MOST_EXPONENT);
	double few = fmin(size_for_epochs(C, text, vocabulary, EPOCHS_FEW), SIZE_BY_TEXT * text);

	return fmin(fmax(size_for(C), few), most);
}

void lk_recipe_choose(lk_recipe *r, const lk_budget *budget, double bytes_per_token)
{
	double C = operations(budget);
	double text = (double)budget->text_nbytes / bytes_per_token;
	double each;        /* operations of a token */
	double used;        /* operations of the run */
	double passes_each; /* million tokens of the text */

	lk_shape_choose(&r->shape, wanted_size(C, text, r->vocabulary),
			is_read_often(C, text, r->vocabulary));
	if (!r->context)
		r->context = context_for(r, budget, C, text);
	each = token_flops(r, r->context);
	r->tokens = C / each;
	r->tokens_most = text * EPOCHS_MOST;
	r->tokens = fmin(r->tokens, r->tokens_most);
	r->epochs = r->tokens / text;
	used = r->tokens * each;
	passes_each = r->epochs / (text / MILLION);
	if (!r->batch)
		r->batch = batch_for(r->context, r->shape.width, passes_each);
	if (!r->muon_rate)
		r->muon_rate = muon_rate_for(used);
	if (!r->adam_rate)
		r->adam_rate = adam_rate_for(used, passes_each);
	if (r->bpe_dropout < 0)
		r->bpe_dropout = r->epochs > EPOCHS_MANY && bytes_per_token > BYTES
				? BPE_DROPOUT
				: 0;
	if (r->dropout < 0)
		r->dropout = dropout_for(r->epochs,
				lk_shape_parameters(r->shape.layers, r->shape.width), text,
				r->bpe_dropout > 0);
}

double lk_recipe_expect(const lk_budget *budget)
{
	double C = fmax(operations(budget), UNIT / 64);
	double text = log2(fmax((double)budget->text_nbytes, 1) / EXPECTED_TEXT);
	double within = fmax(fmin(text, EXPECTED_DOUBLINGS), -EXPECTED_DOUBLINGS);
	double gain = EXPECTED_GAIN * (1 + EXPECTED_TEXT_GAIN * within);
	double share = EXPECTED_SHARE - EXPECTED_TEXT_MORE * within -
			gain * log2(C / UNIT);

	return budget->copying[1] * fmax(share, EXPECTED_LEAST);
}
