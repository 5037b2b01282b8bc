/* Print the UTC intervals of push windows, for tests/windows.py: windows ZONE FROM TO WINDOW... [!BLACKOUT...] */
#include "core/limits.h"
#include "core/str.h"
#include "plans/base/zone.h"

int
main(int argc, char **argv)
{
	struct window windows[LIMIT_WINDOWS];
	struct blackout blackouts[LIMIT_BLACKOUTS];
	struct window_rules rules = { windows, 0, blackouts, 0 };
	struct err err = ERR_NONE;
	struct arena arena = { NULL };
	struct offset_span *spans;
	struct interval *list;
	size_t count, span_count;
	int64_t from, to;

	if (argc < 5 || zone_check(&arena, argv[1], &err) || !str_int(argv[2], 0, INT64_MAX, &from) ||
		!str_int(argv[3], 0, INT64_MAX, &to))
		return 2;
	for (int i = 4; i < argc; i++)
		if (*argv[i] == '!' ? blackout_parse(argv[i] + 1, &blackouts[rules.blackout_count++], &err)
				    : window_parse(argv[i], &windows[rules.window_count++], &err))
			return 2;
	if (zone_spans(&arena, argv[1], from, to, &spans, &span_count, &err))
		return 2;
	list = window_expand(&arena, &rules, spans, span_count, &count);
	for (size_t i = 0; i < count; i++)
		printf("%lld %lld\n", (long long)list[i].opens_at, (long long)list[i].closes_at);
	arena_done(&arena);
	return 0;
}
