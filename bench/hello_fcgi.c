/* The peer of the FastCGI poll: a worker that answers at once.  hello_fcgi SOCKET WORKERS */
#include <fcgiapp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	static const char answer[] = "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n";
	int fd, workers = argc > 2 ? atoi(argv[2]) : 1;

	if (argc < 2 || FCGX_Init() || (fd = FCGX_OpenSocket(argv[1], 128)) < 0)
		return 1;
	for (int i = 1; i < workers; i++)
		if (!fork())
			break;
	for (FCGX_Request request = { 0 };;) {
		if (!request.listen_sock)
			FCGX_InitRequest(&request, fd, 0);
		if (FCGX_Accept_r(&request) < 0)
			return 0;
		FCGX_PutStr(answer, sizeof answer - 1, request.out);
	}
}
