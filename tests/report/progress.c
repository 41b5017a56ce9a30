/* The progress line: on a terminal made for the purpose, and into a file. */
#include "report/progress.h"

#include "report/terminal.h"
#include "support/main.h"

#include <math.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

static const lk_progress_state full = { .step = 1200, .steps = 2000, .loss = 1.83214,
	.validation = 1.9021, .tokens_per_s = 118234, .seconds_left = 80 };
static const char full_text[] =
		"step 1,200/2,000  loss 1.8321  val 1.9021  118K tok/s  ETA 1m 20s";

static void check_text(const lk_progress_state *state, size_t columns, const char *want)
{
	char text[512];

	ck_assert_str_eq(lk_progress_text(state, columns, text, sizeof text), want);
}

START_TEST(less_important_parts_give_way)
{
	size_t whole = strlen(full_text);

	check_text(&full, SIZE_MAX, full_text);
	check_text(&full, whole, full_text);
	check_text(&full, whole - 1,
			"step 1,200/2,000  loss 1.8321  val 1.9021  ETA 1m 20s");
	check_text(&full, 50, "step 1,200/2,000  loss 1.8321  ETA 1m 20s");
	check_text(&full, 30, "step 1,200/2,000  loss 1.8321");
	check_text(&full, 20, "step 1,200/2,000");
	check_text(&full, 6, "step 1");
	check_text(&full, 0, "");
	for (size_t columns = 0; columns < 80; columns++) {
		char text[512];

		lk_progress_text(&full, columns, text, sizeof text);
		ck_assert_uint_le(lk_text_width(text), columns);
	}
}
END_TEST

START_TEST(unknown_parts_are_left_out)
{
	lk_progress_state state = { .step = 3, .loss = NAN, .validation = NAN,
		.tokens_per_s = NAN, .seconds_left = NAN };

	check_text(&state, 80, "step 3");
	state.steps = 10;
	state.loss = INFINITY;
	check_text(&state, 80, "step 3/10  loss inf");
}
END_TEST

/* What a progress line wrote to a terminal of so many columns. */
typedef struct {
	int master;
	FILE *out;
	char text[8192];
} terminal;

static void open_terminal(terminal *t, unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };
	int slave;

	ck_assert_int_eq(openpty(&t->master, &slave, NULL, NULL, &size), 0);
	t->out = fdopen(slave, "w");
	ck_assert_ptr_nonnull(t->out);
}

static const char *written(terminal *t)
{
	struct pollfd ready = { .fd = t->master, .events = POLLIN };
	size_t used = 0;

	/* What was written can come in pieces: read until nothing follows. */
	fflush(t->out);
	while (used + 1 < sizeof t->text && poll(&ready, 1, used ? 20 : 500) > 0) {
		ssize_t nbytes = read(t->master, t->text + used,
				sizeof t->text - 1 - used);

		ck_assert_int_gt(nbytes, 0);
		used += (size_t)nbytes;
	}
	t->text[used] = '\0';
	return t->text;
}

static void close_terminal(terminal *t)
{
	fclose(t->out);
	close(t->master);
}

START_TEST(a_terminal_has_one_line_rewritten)
{
	terminal t;
	lk_progress *progress;
	char want[512];

	setenv("TERM", "xterm", 1);
	open_terminal(&t, 100);
	ck_assert_uint_eq(lk_terminal_width(t.out), 100);
	ck_assert_int_eq(lk_progress_new(&progress, t.out, NULL), LK_OK);
	lk_progress_show(progress, &full);
	snprintf(want, sizeof want, "\r%s\033[K", full_text);
	ck_assert_str_eq(written(&t), want);
	lk_progress_show(progress, &full); /* too soon: nothing */
	lk_progress_say(progress, "saved %s", "x");
	/* the line is erased, what is said stays, the line comes back */
	snprintf(want, sizeof want, "\r\033[Ksaved x\r\n\r%s\033[K", full_text);
	ck_assert_str_eq(written(&t), want);
	lk_progress_hide(progress);
	lk_progress_hide(progress);
	ck_assert_str_eq(written(&t), "\r\033[K");
	lk_progress_show_now(progress, &full);
	written(&t);
	lk_progress_free(progress);
	ck_assert_str_eq(written(&t), "\r\033[K");
	close_terminal(&t);
}
END_TEST

START_TEST(the_line_fits_the_terminal)
{
	for (unsigned short columns = 2; columns < 90; columns++) {
		terminal t;
		lk_progress *progress;

		setenv("TERM", "xterm", 1);
		open_terminal(&t, columns);
		ck_assert_int_eq(lk_progress_new(&progress, t.out, NULL), LK_OK);
		lk_progress_show(progress, &full);
		/* "\r", the text, "\033[K"; the last column stays free */
		ck_assert_uint_lt(strlen(written(&t)) - 4, columns);
		lk_progress_free(progress);
		close_terminal(&t);
	}
}
END_TEST

START_TEST(a_dumb_terminal_gets_plain_lines)
{
	static const char *const terms[] = { "dumb", "", NULL };
	terminal t;
	lk_progress *progress;

	if (terms[_i])
		setenv("TERM", terms[_i], 1);
	else
		unsetenv("TERM");
	open_terminal(&t, 100);
	ck_assert(!lk_terminal_is_live(t.out));
	ck_assert(!lk_terminal_has_colour(t.out));
	ck_assert_int_eq(lk_progress_new(&progress, t.out, NULL), LK_OK);
	lk_progress_show(progress, &full);
	lk_progress_free(progress);
	ck_assert_str_eq(written(&t), "step 1,200/2,000  loss 1.8321  val 1.9021  "
				      "118K tok/s  ETA 1m 20s\r\n");
	close_terminal(&t);
}
END_TEST

START_TEST(colour_can_be_refused)
{
	terminal t;

	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	open_terminal(&t, 100);
	ck_assert(lk_terminal_has_colour(t.out));
	setenv("NO_COLOR", "", 1);
	ck_assert(lk_terminal_has_colour(t.out));
	setenv("NO_COLOR", "1", 1);
	ck_assert(!lk_terminal_has_colour(t.out));
	ck_assert(lk_terminal_is_live(t.out));
	unsetenv("NO_COLOR");
	close_terminal(&t);
}
END_TEST

START_TEST(a_file_gets_a_line_now_and_then)
{
	char *text = NULL;
	FILE *out = tmpfile();
	lk_progress *progress;
	size_t size = 0;

	setenv("TERM", "xterm", 1);
	ck_assert_int_eq(lk_progress_new(&progress, out, NULL), LK_OK);
	for (int i = 0; i < 1000; i++)
		lk_progress_show(progress, &full);
	lk_progress_say(progress, "said");
	lk_progress_show_now(progress, &full);
	lk_progress_free(progress);
	lk_progress_free(NULL);
	rewind(out);
	static const char *const want[] = { full_text, "said", full_text };
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_gt(getline(&text, &size, out), 0);
		text[strcspn(text, "\n")] = '\0';
		ck_assert_str_eq(text, want[i]);
	}
	ck_assert_int_eq(getline(&text, &size, out), -1);
	free(text);
	fclose(out);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("progress");
	TCase *t = tcase_create("progress");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, less_important_parts_give_way);
	tcase_add_test(t, unknown_parts_are_left_out);
	tcase_add_test(t, a_terminal_has_one_line_rewritten);
	tcase_add_test(t, the_line_fits_the_terminal);
	tcase_add_loop_test(t, a_dumb_terminal_gets_plain_lines, 0, 3);
	tcase_add_test(t, colour_can_be_refused);
	tcase_add_test(t, a_file_gets_a_line_now_and_then);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
