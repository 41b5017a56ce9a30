/* Models that transformers saved, and what PyTorch computes of them: logits,
 * loss and every gradient (made by make_golden.py). Finds what differences
 * within this program cannot: a convention misread, such as the order of heads,
 * the halves of a rotation, a transposed matrix or an epsilon. */
#include "formats/model_directory.h"
#include "formats/safetensors.h"
#include "model/check.h"
#include "support/main.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const cases[] = { "gpt2", "gpt2-relu2-untied", "llama-grouped",
	"llama-biases", "qwen3" };
enum { CASES = sizeof cases / sizeof *cases, B = 2, T = 12, V = 13, R = B * T };

typedef struct {
	lk_model *model;
	lk_safetensors *golden;
	uint32_t input[R], target[R];
	lk_batch batch;
} fixture;

static void read_golden(const fixture *f, const char *name, size_t count,
		lk_dtype as, void *out)
{
	size_t n = lk_safetensors_find(f->golden, name);

	ck_assert_msg(n != SIZE_MAX, "no golden %s", name);
	ck_assert_int_eq(lk_safetensors_read(f->golden, n, 0, count, as, out, NULL),
			LK_OK);
}

static void setup(fixture *f, const char *name, lk_isa isa)
{
	char path[4096];
	int64_t ids[R];
	lk_error error = { 0 };

	snprintf(path, sizeof path, "%s/%s", GOLDEN, name);
	if (lk_model_directory_load(&f->model, path, isa, &error) ||
			lk_model_reserve(f->model, B, T, true, &error))
		ck_abort_msg("%s", error.text);
	lk_model_set_dropout(f->model, 0, 0); /* GPT-2's configuration has 0.1 */
	strncat(path, "/golden.safetensors", sizeof path - strlen(path) - 1);
	if (lk_safetensors_open(&f->golden, path, &error))
		ck_abort_msg("%s", error.text);
	read_golden(f, "input_ids", R, LK_I64, ids);
	for (size_t i = 0; i < R; i++)
		f->input[i] = (uint32_t)ids[i];
	read_golden(f, "targets", R, LK_I64, ids);
	for (size_t i = 0; i < R; i++)
		f->target[i] = ids[i] < 0 ? LK_IGNORE : (uint32_t)ids[i];
	f->batch = (lk_batch){ f->input, f->target, B, T, 0, 0, LK_IGNORE };
}

static void teardown(fixture *f)
{
	lk_model_free(f->model);
	lk_safetensors_close(f->golden);
}

/* The builds to try: double, and every float build that this machine runs. */
static lk_isa isa_of(int i)
{
	return (lk_isa)(i / CASES);
}

START_TEST(logits_and_loss)
{
	static float logits[R * V], want[R * V];
	fixture f = { 0 };
	double nll;

	if (isa_of(_i) > lk_isa_best())
		return;
	setup(&f, cases[_i % CASES], isa_of(_i));
	#pragma omp parallel num_threads(2)
	lk_model_logits(f.model, &f.batch, logits);
	read_golden(&f, "logits", R * V, LK_F32, want);
	for (size_t i = 0; i < R * V; i++)
		ck_assert_msg(fabsf(logits[i] - want[i]) < 2e-5f,
				"%s: logit %zu is %g, not %g", cases[_i % CASES], i,
				(double)logits[i], (double)want[i]);
	read_golden(&f, "nll", 1, LK_F64, &nll);
	/* In double 1e-7: transformers keeps rotations in float even there. */
	double tolerance = isa_of(_i) == LK_ISA_F64 ? 1e-7 : 1e-6;
	ck_assert_double_eq_tol(lk_check_backward(f.model, &f.batch, 2), nll,
			tolerance);
	teardown(&f);
}
END_TEST

static double element(const lk_tensor *tensor, size_t i)
{
	return tensor->dtype == LK_F64 ? ((double *)tensor->data)[i]
				       : (double)((float *)tensor->data)[i];
}

START_TEST(gradients)
{
	static float want[4096];
	fixture f = { 0 };
	lk_tensor *tensor = NULL;
	size_t from_count, count;
	char name[LK_TENSOR_NAME + 16];

	if (isa_of(_i) > lk_isa_best())
		return;
	setup(&f, cases[_i % CASES], isa_of(_i));
	lk_check_backward(f.model, &f.batch, 2);
	const lk_tensor *from = lk_model_gradients(f.model, &from_count);
	ck_assert_int_eq(lk_model_directory_export(&tensor, &count, f.model, from,
					 from_count, false, NULL),
			LK_OK);
	ck_assert_uint_gt(count, 10);
	for (size_t n = 0; n < count; n++) {
		size_t size = lk_tensor_count(&tensor[n]);
		double off = 0, norm = 0;

		ck_assert_uint_le(size, 4096);
		snprintf(name, sizeof name, "gradient.%s", tensor[n].name);
		read_golden(&f, name, size, LK_F32, want);
		for (size_t i = 0; i < size; i++) {
			double d = element(&tensor[n], i) - (double)want[i];

			off += d * d;
			norm += (double)want[i] * (double)want[i];
		}
		/* The gradient of a key bias is rounding only. */
		ck_assert_msg(sqrt(off) <= 1e-5 * sqrt(norm) + 1e-7,
				"%s: gradient of %s is off by %g of its norm",
				cases[_i % CASES], tensor[n].name, sqrt(off / norm));
	}
	free(tensor);
	teardown(&f);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("golden");
	TCase *t = tcase_create("golden");

	tcase_add_loop_test(t, logits_and_loss, 0, CASES * LK_ISA_COUNT);
	tcase_add_loop_test(t, gradients, 0, CASES * LK_ISA_COUNT);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
