/*
 * The wholly static door loads no code and looks up no names while it runs: both would need
 * shared libraries of this very glibc beside it, of which the linker rightly warns.  SQLite and
 * libfcgi could, where somebody asked them to, but load_extension() is never enabled and --listen
 * takes a path or a number.  The link (--wrap, in the Makefile) sends those two calls here.
 */
#include <netdb.h>

void *__wrap_dlopen(const char *file, int mode);
struct hostent *__wrap_gethostbyname(const char *name);

void *
__wrap_dlopen(const char *file, int mode)
{
	(void)file;
	(void)mode;
	return NULL;
}

struct hostent *
__wrap_gethostbyname(const char *name)
{
	(void)name;
	return NULL;
}
