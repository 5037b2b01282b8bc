/* The peer of the plain CGI poll: a dynamically linked program that answers at once. */
#include <stdio.h>

int
main(void)
{
	fputs("Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n", stdout);
	return 0;
}
