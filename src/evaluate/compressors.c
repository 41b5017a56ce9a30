#include "evaluate/compressors.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

typedef struct {
	const char *program, *argument[2];
	uint64_t reach;
	bool block;
} compressor;

static const compressor compressors[] = {
#define X(program, first, second, reach, block) \
	{ program, { first, second }, reach, block },
	LK_COMPRESSORS(X)
#undef X
};

/* A program at work: it reads a file and writes into a pipe. */
typedef struct {
	pid_t process; /* 0: none */
	int output;
} job;

static lk_status write_input(FILE **file, const unsigned char *first,
		size_t first_nbytes, const unsigned char *second, size_t second_nbytes,
		lk_error *error)
{
	*file = tmpfile();
	if (!*file)
		return lk_fail_errno(error,
				"a temporary file for a compressor cannot be "
				"made");
	if (fwrite(first, 1, first_nbytes, *file) != first_nbytes ||
			fwrite(second, 1, second_nbytes, *file) != second_nbytes ||
			fflush(*file)) {
		lk_status status = lk_fail_errno(error,
				"a temporary file for a compressor cannot be written");

		fclose(*file);
		return status;
	}
	lseek(fileno(*file), 0, SEEK_SET);
	return LK_OK;
}

/* Spawn it with this input; job->process stays 0 where that cannot be done. */
static void spawn(job *j, const compressor *c, int input)
{
	char *argv[] = { (char *)(uintptr_t)c->program, (char *)(uintptr_t) "-c",
		(char *)(uintptr_t)c->argument[0], (char *)(uintptr_t)c->argument[1],
		NULL };
	posix_spawn_file_actions_t actions;
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		return;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(
			&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&j->process, c->program, &actions, NULL, argv, environ))
		j->process = 0;
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	j->output = pipes[0];
	if (!j->process)
		close(pipes[0]);
}

/* Begin compressing first and second, one after the other. */
static lk_status begin(job *j, const compressor *c, const unsigned char *first,
		size_t first_nbytes, const unsigned char *second, size_t second_nbytes,
		lk_error *error)
{
	FILE *input;
	lk_status status = write_input(
			&input, first, first_nbytes, second, second_nbytes, error);

	*j = (job){ 0 };
	if (status)
		return status;
	spawn(j, c, fileno(input));
	fclose(input);
	return LK_OK;
}

/* Count what comes out; false where the program was not there or failed. */
static bool finish(job *j, uint64_t *nbytes)
{
	char buffer[1 << 16];
	ssize_t n;
	int state = -1;

	*nbytes = 0;
	if (!j->process)
		return false;
	while ((n = read(j->output, buffer, sizeof buffer)) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		*nbytes += n > 0 ? (uint64_t)n : 0;
	}
	close(j->output);
	while (waitpid(j->process, &state, 0) < 0 && errno == EINTR)
		;
	return n == 0 && WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

/* How much of the training text is of use before so long a text. */
static size_t priming(const compressor *c, size_t nbytes, size_t training_nbytes)
{
	uint64_t most = c->reach < LK_PRIME_MOST ? c->reach : LK_PRIME_MOST;

	if (c->block)
		most = nbytes < c->reach ? c->reach - nbytes : 0;
	return training_nbytes < most ? training_nbytes : (size_t)most;
}

lk_status lk_compress_with(lk_compressed *out, size_t i, const unsigned char *text,
		size_t nbytes, const unsigned char *training, size_t training_nbytes,
		lk_error *error)
{
	const compressor *c = &compressors[i];
	size_t with = training ? priming(c, nbytes, training_nbytes) : 0;
	const unsigned char *tail = with ? training + training_nbytes - with : text;
	job cold = { 0 }, alone = { 0 }, both = { 0 };
	uint64_t before = 0, after = 0;
	lk_status status = begin(&cold, c, text, nbytes, text, 0, error);

	*out = (lk_compressed){ .program = c->program, .reach = c->reach };
	snprintf(out->command, sizeof out->command, "%s %s%s%s", c->program,
			c->argument[0], c->argument[1] ? " " : "",
			c->argument[1] ? c->argument[1] : "");
	if (!status && with && cold.process)
		status = begin(&alone, c, tail, with, text, 0, error);
	if (!status && with && cold.process)
		status = begin(&both, c, tail, with, text, nbytes, error);
	out->installed = finish(&cold, &out->cold);
	bool primed = finish(&alone, &before);
	primed &= finish(&both, &after);
	if (primed && after >= before) {
		out->primed = after - before;
		out->primed_with = with;
	}
	return status;
}
