/* Preloaded into a program: each fsync and fdatasync takes FSYNC_DELAY_MS longer, as on a disk that is busy or far away. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void wait_for_disk(void)
{
	const char *text = getenv("FSYNC_DELAY_MS");
	long ms = text == NULL ? 0 : atol(text);
	struct timespec left = {ms / 1000, (ms % 1000) * 1000000L};
	/* A signal interrupts the sleep, not the disk. */
	while (ms > 0 && nanosleep(&left, &left) == -1 && errno == EINTR)
		;
}

int fsync(int file)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	wait_for_disk();
	return real(file);
}

int fdatasync(int file)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
	wait_for_disk();
	return real(file);
}
