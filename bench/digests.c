/*
 * The five digests of a file, each alone over bytes that lie in memory already: the limit for package add.  Prints
 * the microseconds of all together.  With the libraries that otactl uses.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <zlib.h>

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	const EVP_MD *kinds[] = { EVP_md5(), EVP_sha1(), EVP_sha256(), EVP_blake2b512() };
	unsigned char digest[EVP_MAX_MD_SIZE], *data;
	unsigned long crc;
	struct stat st;
	double start;
	int fd;

	if (argc != 2 || (fd = open(argv[1], O_RDONLY)) < 0 || fstat(fd, &st))
		return 2;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (data == MAP_FAILED)
		return 1;
	start = seconds();
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (!EVP_Digest(data, (size_t)st.st_size, digest, NULL, kinds[i], NULL))
			return 1;
	crc = crc32_z(0, data, (size_t)st.st_size);
	printf("%.0f %lx\n", (seconds() - start) * 1e6, crc);
	return 0;
}
