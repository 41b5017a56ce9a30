/* Embedding: ids that repeat and ids that never occur, tables longer than the
 * sequence, gradients written and accumulated. */
#include "kernels/embedding.h"
#include "support/main.h"
#include "support/numeric.h"

typedef struct {
	size_t B, T, V, P, C;
} shape;

static const shape shapes[] = {
	{ 1, 1, 1, 1, 1 }, { 2, 3, 4, 3, 5 }, { 3, 7, 5, 9, 17 }, { 1, 9, 30, 12, 70 },
	{ 2, 1, 3, 2, 130 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 4096 };

static shape s;
static uint32_t ids[MOST];
static lk_real token[MOST], position[MOST], y[MOST], w[MOST], dy[MOST];
static lk_real dtoken[MOST], dposition[MOST];

static void setup(int i)
{
	s = shapes[i];
	test_normal(1, token, s.V * s.C);
	test_normal(2, position, s.P * s.C);
	test_normal(3, w, s.B * s.T * s.C);
	for (size_t r = 0; r < s.B * s.T; r++)
		ids[r] = (uint32_t)(r * r % s.V);
}

static lk_real loss(void)
{
	size_t n = s.B * s.T * s.C;

	lk_embedding_forward(y, ids, token, position, s.B, s.T, s.C);
	return test_dot(w, y, n) + test_dot(y, y, n) / 2;
}

START_TEST(forward_is_the_definition)
{
	lk_real want[MOST];

	setup(_i);
	for (size_t r = 0; r < s.B * s.T; r++)
		for (size_t c = 0; c < s.C; c++)
			want[r * s.C + c] = token[ids[r] * s.C + c];
	lk_embedding_forward(y, ids, token, NULL, s.B, s.T, s.C);
	test_check_equal("y", y, want, s.B * s.T * s.C, 0);
	for (size_t r = 0; r < s.B * s.T; r++)
		for (size_t c = 0; c < s.C; c++)
			want[r * s.C + c] += position[r % s.T * s.C + c];
	loss();
	test_check_equal("y", y, want, s.B * s.T * s.C, 0);
}
END_TEST

START_TEST(backward_matches_differences)
{
	setup(_i);
	loss();
	for (size_t i = 0; i < s.B * s.T * s.C; i++)
		dy[i] = w[i] + y[i];
	test_spoil(dtoken, s.V * s.C);
	test_spoil(dposition, s.P * s.C);
	lk_embedding_backward_token(dtoken, dy, ids, s.B, s.T, s.V, s.C, false);
	lk_embedding_backward_position(dposition, dy, s.B, s.T, s.P, s.C, false);
	test_check_gradient("dtoken", loss, token, dtoken, s.V * s.C);
	test_check_gradient("dposition", loss, position, dposition, s.P * s.C);
}
END_TEST

START_TEST(adds_where_told)
{
	lk_real dtoken2[MOST], dposition2[MOST];

	setup(_i);
	lk_embedding_backward_token(dtoken, w, ids, s.B, s.T, s.V, s.C, false);
	lk_embedding_backward_position(dposition, w, s.B, s.T, s.P, s.C, false);
	for (size_t i = 0; i < s.V * s.C; i++)
		dtoken2[i] = 2 * dtoken[i];
	for (size_t i = 0; i < s.P * s.C; i++)
		dposition2[i] = 2 * dposition[i];
	lk_embedding_backward_token(dtoken, w, ids, s.B, s.T, s.V, s.C, true);
	lk_embedding_backward_position(dposition, w, s.B, s.T, s.P, s.C, true);
	test_check_equal("dtoken", dtoken, dtoken2, s.V * s.C, 1e-13);
	test_check_equal("dposition", dposition, dposition2, s.P * s.C, 1e-13);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("embedding");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, forward_is_the_definition, 0, SHAPES);
	tcase_add_loop_test(tests, backward_matches_differences, 0, SHAPES);
	tcase_add_loop_test(tests, adds_where_told, 0, SHAPES);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
