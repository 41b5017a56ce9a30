/* What is chosen for a time: more of it makes a larger model, what is fixed stays and
 * the rest follows, small texts are not read without end. */
#include "support/main.h"
#include "train/recipe.h"

static const lk_budget minute = { .text_nbytes = 4000000, .seconds = 60, .flops = 3e11 };

static lk_recipe choose(const lk_budget *budget, lk_recipe open)
{
	lk_recipe_choose_tokenizer(&open, budget);
	lk_recipe_choose(&open, budget, open.vocabulary == LK_RECIPE_BYTES ? 1 : 2.5);
	return open;
}

static size_t size(const lk_recipe *r)
{
	return r->shape.layers * r->shape.width * r->shape.width;
}

START_TEST(more_time)
{
	lk_budget budget = minute;
	lk_recipe before = choose(&budget, LK_RECIPE_OPEN), now;

	ck_assert_double_lt(before.tokens, before.tokens_most);
	for (int i = 0; i < 8; i++) {
		budget.seconds *= 2;
		budget.text_nbytes *= 2; /* or it would soon be known by heart */
		now = choose(&budget, LK_RECIPE_OPEN);
		ck_assert_uint_ge(size(&now), size(&before));
		ck_assert_uint_ge(now.vocabulary, before.vocabulary);
		ck_assert_double_gt(now.tokens * (double)size(&now),
				before.tokens * (double)size(&before));
		ck_assert_uint_eq(now.shape.width % now.shape.heads, 0);
		ck_assert_uint_eq(now.shape.width / now.shape.heads % 2, 0);
		ck_assert_double_le(now.muon_rate, before.muon_rate);
		ck_assert_double_le(now.adam_rate, before.adam_rate);
		before = now;
	}
	ck_assert_double_lt(now.muon_rate, choose(&minute, LK_RECIPE_OPEN).muon_rate / 2);
	ck_assert_double_lt(now.adam_rate, choose(&minute, LK_RECIPE_OPEN).adam_rate / 2);
	ck_assert_double_gt(now.muon_rate, 0);
	budget.seconds *= 1e9; /* no time makes a rate of nothing, which stands for none chosen */
	budget.text_nbytes *= 1000000000;
	ck_assert_double_gt(choose(&budget, LK_RECIPE_OPEN).muon_rate, 0);
	before = choose(&minute, LK_RECIPE_OPEN);
	ck_assert_uint_gt(size(&now), 8 * size(&before));
	/* a faster machine is more time */
	budget = minute;
	budget.flops *= 256;
	budget.text_nbytes *= 256;
	before = choose(&budget, LK_RECIPE_OPEN);
	ck_assert_uint_eq(size(&now), size(&before));
	/* and so is one that turns out to lose less of its rate */
	budget = minute;
	budget.share = 0.1;
	before = choose(&budget, LK_RECIPE_OPEN);
	budget.share = 0.8;
	now = choose(&budget, LK_RECIPE_OPEN);
	ck_assert_uint_gt(size(&now), size(&before));
	ck_assert_double_gt(now.tokens * (double)size(&now),
			6 * before.tokens * (double)size(&before));
}
END_TEST

START_TEST(what_is_fixed)
{
	lk_recipe r, fixed = { .vocabulary = 999, .shape = { 7, 80, 4, 0 }, .context = 33,
		.batch = 5, .dropout = 0.25, .bpe_dropout = 0.125,
		.muon_rate = 0.5, .adam_rate = 0.125 };

	r = choose(&minute, fixed);
	ck_assert_uint_eq(r.vocabulary, 999);
	ck_assert_uint_eq(r.shape.layers, 7);
	ck_assert_uint_eq(r.shape.width, 80);
	ck_assert_uint_eq(r.shape.heads, 4);
	ck_assert_uint_eq(r.context, 33);
	ck_assert_uint_eq(r.batch, 5);
	ck_assert_double_eq(r.dropout, 0.25);
	ck_assert_double_eq(r.muon_rate, 0.5);
	ck_assert_double_eq(r.adam_rate, 0.125);
	ck_assert_double_eq(r.bpe_dropout, 0.125);
	/* the other side of the size follows */
	fixed = LK_RECIPE_OPEN;
	fixed.shape.width = 48;
	r = choose(&minute, fixed);
	fixed.shape.width = 192;
	ck_assert_uint_gt(r.shape.layers, choose(&minute, fixed).shape.layers);
	fixed = LK_RECIPE_OPEN;
	fixed.shape.layers = 1;
	r = choose(&minute, fixed);
	fixed.shape.layers = 16;
	ck_assert_uint_gt(r.shape.width, choose(&minute, fixed).shape.width);
	/* a multiple of the heads, of an even size each */
	fixed = LK_RECIPE_OPEN;
	fixed.shape.heads = 7;
	ck_assert_uint_eq(choose(&minute, fixed).shape.width % 14, 0);
	/* and a longer context makes fewer sequences of a step */
	fixed.context = 1024;
	ck_assert_uint_lt(choose(&minute, fixed).batch, choose(&minute, LK_RECIPE_OPEN).batch);
	fixed.context = 100000;
	ck_assert_uint_eq(choose(&minute, fixed).batch, 1);
	/* heads are a multiple of the key/value heads, whatever the width */
	for (size_t width = 0; width <= 96; width += 48)
		for (size_t kv_heads = 2; kv_heads <= 6; kv_heads += 2) {
			fixed = LK_RECIPE_OPEN;
			fixed.shape.width = width;
			fixed.shape.kv_heads = kv_heads;
			r = choose(&minute, fixed);
			ck_assert_uint_eq(r.shape.heads % kv_heads, 0);
			ck_assert_uint_eq(r.shape.width % (2 * r.shape.heads), 0);
		}
}
END_TEST

/* Windows of 128 to 1,024 tokens, each so much better than those of half the length. */
static void set_copying(lk_budget *budget, double first, double second, double third)
{
	budget->copying[0] = 2 + first;
	budget->copying[1] = 2;
	budget->copying[2] = 2 - second;
	budget->copying[3] = 2 - second - third;
}

/* Seconds, or little text, are not enough to learn what stands far back. */
START_TEST(the_context_is_longer_where_there_is_time_and_text)
{
	lk_budget budget = minute;

	set_copying(&budget, 0.1, 0.1, 0);
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 512);
	budget.seconds = 15; /* short of what is enough for 512, but worth it */
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 512);
	set_copying(&budget, 0.04, 0.04, 0);
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 256);
	budget.seconds = 3;
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 128);
	budget.seconds = 60;
	set_copying(&budget, 0.1, 0.1, 0);
	budget.text_nbytes = 600000;
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 256);
	budget.text_nbytes = 200000;
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 128);
}
END_TEST

/* And where the text does not repeat itself so far back, nobody looks; the price of
 * looking is less for a wider model, most of whose work is elsewhere. */
START_TEST(the_context_is_longer_where_the_text_repeats_itself)
{
	lk_budget budget = minute;
	lk_recipe narrow = LK_RECIPE_OPEN, wide = LK_RECIPE_OPEN;

	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 128);
	budget.seconds = 1200;
	narrow.shape.layers = wide.shape.layers = 4;
	narrow.shape.width = 64;
	wide.shape.width = 512;
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 256);
	set_copying(&budget, 0, 0, 0.1); /* it is not to be had without the others */
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 256);
	set_copying(&budget, 0, 0.1, 0.1);
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 1024);
	set_copying(&budget, 0, 0.1, 0);
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).context, 512);
	set_copying(&budget, 0, 0.01, 0); /* many passes have tokens to spare */
	ck_assert_uint_eq(choose(&budget, narrow).context, 512);
	budget.text_nbytes *= 20;
	ck_assert_uint_eq(choose(&budget, narrow).context, 256);
	ck_assert_uint_eq(choose(&budget, wide).context, 512);
}
END_TEST

/* More ids for a text that is not copied, where it has enough bytes for each. */
START_TEST(ids_are_more_where_the_text_does_not_repeat_itself)
{
	lk_budget budget = minute;
	lk_recipe r = LK_RECIPE_OPEN;

	set_copying(&budget, 0.002, 0.001, 0.002);
	ck_assert(lk_recipe_prefers_larger(&budget));
	set_copying(&budget, 0.02, 0.01, 0.01);
	ck_assert(!lk_recipe_prefers_larger(&budget));
	set_copying(&budget, 0, 0, 0.1); /* far away */
	ck_assert(!lk_recipe_prefers_larger(&budget));
	lk_recipe_choose_tokenizer(&r, &budget);
	ck_assert_uint_eq(r.vocabulary, 2048);
	budget.text_nbytes = 3000000;
	ck_assert_uint_eq(lk_recipe_larger_vocabulary(&r, &budget), 4096);
	budget.text_nbytes = 2000000; /* enough for as many, not for more */
	ck_assert_uint_eq(lk_recipe_larger_vocabulary(&r, &budget), 0);
	budget.text_nbytes = 1000000000; /* bytes have no larger kind */
	r.vocabulary = LK_RECIPE_BYTES;
	ck_assert_uint_eq(lk_recipe_larger_vocabulary(&r, &budget), 0);
	r.vocabulary = 16384; /* and there is an end to it */
	ck_assert_uint_eq(lk_recipe_larger_vocabulary(&r, &budget), 0);
}
END_TEST

/* Twenty minutes do not have more of them than one, but far more than a second. */
START_TEST(ids_are_hardly_more_where_there_is_more_time)
{
	lk_budget budget = minute;

	budget.text_nbytes = 20000000;
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).vocabulary, 2048);
	budget.seconds = 1200;
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).vocabulary, 2048);
	budget.seconds = 1;
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).vocabulary, 512);
}
END_TEST

/* Layers are added when there is time for them, or little text, and no sooner. */
START_TEST(few_layers_first)
{
	lk_budget budget = minute;

	budget.text_nbytes = 20000000;
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).shape.layers, 2);
	budget.seconds = 300;
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).shape.layers, 2);
	budget.text_nbytes = 80000;
	ck_assert_uint_ge(choose(&budget, LK_RECIPE_OPEN).shape.layers, 4);
	budget.text_nbytes = 20000000;
	budget.seconds = 1200;
	ck_assert_uint_lt(choose(&budget, LK_RECIPE_OPEN).shape.layers, 4);
	budget.seconds = 3600;
	ck_assert_uint_ge(choose(&budget, LK_RECIPE_OPEN).shape.layers, 4);
}
END_TEST

START_TEST(little_text)
{
	lk_budget budget = minute;
	lk_recipe much, little;

	much = choose(&budget, LK_RECIPE_OPEN);
	budget.text_nbytes = 80000;
	budget.seconds = 600;
	little = choose(&budget, LK_RECIPE_OPEN);
	ck_assert_double_gt(little.dropout, much.dropout);
	ck_assert_double_gt(little.bpe_dropout, much.bpe_dropout);
	ck_assert_double_lt(little.adam_rate, much.adam_rate);
	ck_assert_double_gt(little.adam_rate, 0);
	/* the run is no longer than a minute's: most of the time is left over */
	ck_assert_double_eq(little.muon_rate, much.muon_rate);
	ck_assert_uint_lt(little.batch * little.context, much.batch * much.context);
	ck_assert_double_le(little.dropout, 0.5);
	ck_assert_double_eq(little.tokens, little.tokens_most);
	ck_assert_double_lt(little.tokens, 80000. * 100);
	ck_assert_uint_lt(little.vocabulary, much.vocabulary);
	budget.text_nbytes = 3000;
	ck_assert_uint_eq(choose(&budget, LK_RECIPE_OPEN).vocabulary, LK_RECIPE_BYTES);
}
END_TEST

START_TEST(much_time)
{
	lk_budget hour = { .text_nbytes = 80000, .seconds = 3600, .flops = 3e11 };
	lk_recipe small = choose(&hour, LK_RECIPE_OPEN), large, other;

	hour.text_nbytes = 1000000;
	large = choose(&hour, LK_RECIPE_OPEN);
	ck_assert_uint_gt(size(&large), size(&small));
	/* wide models have steps that Muon's work does not fill, however much time */
	ck_assert_uint_eq(large.batch * large.context, 2048);
	other = LK_RECIPE_OPEN;
	other.shape.width = 96;
	other.shape.layers = 4;
	other = choose(&hour, other);
	ck_assert_uint_eq(other.batch * other.context, 1024);
	/* merges that are left out take the place of some dropout */
	ck_assert_double_gt(large.bpe_dropout, 0);
	other = LK_RECIPE_OPEN;
	other.bpe_dropout = 0;
	ck_assert_double_gt(choose(&hour, other).dropout, large.dropout);
	/* ids that are met often enough */
	hour.seconds = 60;
	ck_assert_uint_eq(choose(&hour, LK_RECIPE_OPEN).vocabulary, 1024);
	hour.text_nbytes = 1100000;
	ck_assert_uint_eq(choose(&hour, LK_RECIPE_OPEN).vocabulary, 2048);
	hour.text_nbytes = 1000000;
	ck_assert_uint_eq(large.vocabulary, 1024);
	/* a model that the text can fill, however long that takes */
	hour.seconds = 36000;
	other = choose(&hour, LK_RECIPE_OPEN);
	ck_assert_uint_eq(size(&other), size(&large));
}
END_TEST

START_TEST(large_models)
{
	lk_budget budget = minute;

	budget.text_nbytes /= 2; /* a few passes of a small model, more of a larger one */
	ck_assert_double_eq(choose(&budget, LK_RECIPE_OPEN).dropout, 0);
	budget.seconds *= 10;
	ck_assert_double_ge(choose(&budget, LK_RECIPE_OPEN).dropout, 0.04);
	ck_assert_double_le(choose(&budget, LK_RECIPE_OPEN).dropout, 0.16);
	budget.text_nbytes *= 10; /* which is not read through */
	ck_assert_double_eq(choose(&budget, LK_RECIPE_OPEN).dropout, 0);
}
END_TEST

START_TEST(filled_models)
{
	lk_budget budget = minute;
	lk_recipe open = LK_RECIPE_OPEN, few, filled;

	open.shape.layers = 4;
	open.shape.width = 192;
	open.context = 512;
	open.vocabulary = 2048;
	budget.seconds = 1200;
	few = choose(&budget, open);
	ck_assert_double_gt(few.dropout, 0);
	budget.text_nbytes *= 4; /* in as many passes over more text there is no need of it */
	budget.seconds *= 4;
	filled = choose(&budget, open);
	ck_assert_double_eq_tol(filled.epochs, few.epochs, 0.5);
	ck_assert_double_eq(filled.dropout, 0);
}
END_TEST

START_TEST(a_small_model_filled_after_five_passes)
{
	lk_budget budget = { .text_nbytes = 2300000, .seconds = 300, .flops = 1.35e11, .share = 1 };
	lk_recipe open = LK_RECIPE_OPEN, filled;

	open.shape.layers = 2;
	open.shape.width = 192;
	open.context = 512;
	open.vocabulary = 2048;
	filled = choose(&budget, open);
	ck_assert_double_eq_tol(filled.epochs, 5, 0.2);
	ck_assert_double_gt(filled.dropout, 0);
}
END_TEST

START_TEST(no_time)
{
	lk_budget budget = minute;
	lk_recipe r;

	budget.seconds = -1;
	r = choose(&budget, LK_RECIPE_OPEN);
	ck_assert_uint_gt(r.shape.layers, 0);
	ck_assert_uint_gt(r.shape.width, 0);
	ck_assert_uint_gt(r.batch, 0);
	ck_assert_double_eq(r.tokens, 0);
}
END_TEST

START_TEST(what_to_expect)
{
	lk_budget budget = minute;
	double before, now;

	ck_assert_double_eq(lk_recipe_expect(&budget), 0); /* nothing is known */
	set_copying(&budget, 0, 0, 0);
	before = lk_recipe_expect(&budget);
	/* where there is little text, or much of it and no time, less is learnt */
	budget.text_nbytes /= 40;
	ck_assert_double_gt(lk_recipe_expect(&budget), before);
	budget.text_nbytes *= 400;
	budget.seconds /= 10;
	ck_assert_double_gt(lk_recipe_expect(&budget), 2);
	budget = minute;
	set_copying(&budget, 0, 0, 0);
	for (int i = 0; i < 6; i++) {
		budget.seconds *= 2;
		now = lk_recipe_expect(&budget);
		ck_assert_double_lt(now, before);
		before = now;
	}
	ck_assert_double_gt(now, 1);
}
END_TEST

static Suite *recipe_suite(void)
{
	Suite *suite = suite_create("recipe");
	TCase *all = tcase_create("all");

	tcase_add_test(all, more_time);
	tcase_add_test(all, what_is_fixed);
	tcase_add_test(all, the_context_is_longer_where_there_is_time_and_text);
	tcase_add_test(all, the_context_is_longer_where_the_text_repeats_itself);
	tcase_add_test(all, ids_are_more_where_the_text_does_not_repeat_itself);
	tcase_add_test(all, ids_are_hardly_more_where_there_is_more_time);
	tcase_add_test(all, few_layers_first);
	tcase_add_test(all, little_text);
	tcase_add_test(all, much_time);
	tcase_add_test(all, large_models);
	tcase_add_test(all, filled_models);
	tcase_add_test(all, a_small_model_filled_after_five_passes);
	tcase_add_test(all, no_time);
	tcase_add_test(all, what_to_expect);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(recipe_suite)
