#include "db/check.h"

#include "core/str.h"

static enum err_code
append(struct arena *arena, const char ***list, size_t *count, const char **more, size_t extra)
{
	for (size_t i = 0; i < extra; i++) {
		*list = arena_room(arena, *list, *count, sizeof **list);
		(*list)[(*count)++] = more[i];
	}
	return ERR_OK;
}

enum err_code
check_findings(
	struct db *db, struct arena *arena, const char ***ret, size_t *count, struct err *err)
{
	static const enum sql counters[] = { SQL_CHECK_TALLY, SQL_CHECK_PULSE, SQL_CHECK_OPEN };
	const char **some;
	size_t n;

	*ret = NULL;
	*count = 0;
	if (db_whole(db, arena, &some, &n, err))
		return err->code;
	append(arena, ret, count, some, n);
	for (size_t i = 0; i < COUNT(counters); i++) {
		if (db_texts(db_query(db, counters[i], NULL), arena, &some, &n, err))
			return err->code;
		append(arena, ret, count, some, n);
	}
	return ERR_OK;
}

struct stmt *
check_file_cursor(struct db *db)
{
	return db_query(db, SQL_CHECK_FILES, NULL);
}

enum db_step
check_file_each(struct stmt *cursor, const char **sha256, int64_t *size, struct err *err)
{
	enum db_step step = db_step(cursor, err);

	if (step == DB_ROW) {
		*sha256 = db_text(cursor);
		*size = db_int(cursor);
	}
	return step;
}

enum err_code
check_packages_of(struct db *db, struct arena *arena, const char *sha256, int64_t **ret,
	size_t *count, struct err *err)
{
	return db_ints(db_query(db, SQL_CHECK_PACKAGES_OF, PARAMS(TEXT("sha256", sha256))), arena,
		ret, count, err);
}
