#include "core/model.h"

const char *const type_words[TYPE_MAX] = {
	[TYPE_MODULE] = "module",
	[TYPE_MCU] = "mcu",
	[TYPE_APP] = "app",
};
const char *const kind_words[KIND_MAX] = {
	[KIND_FULL] = "full",
	[KIND_DELTA] = "delta",
	[KIND_MINIMAL] = "minimal",
};
const char *const package_state_words[PACKAGE_STATE_MAX] = {
	[PACKAGE_DRAFT] = "draft",
	[PACKAGE_PUBLISHED] = "published",
	[PACKAGE_QUARANTINED] = "quarantined",
	[PACKAGE_RETIRED] = "retired",
	[PACKAGE_REVOKED] = "revoked",
};
const char *const plan_state_words[PLAN_STATE_MAX] = {
	[PLAN_DRAFT] = "draft",
	[PLAN_ACTIVE] = "active",
	[PLAN_SUSPENDED] = "suspended",
	[PLAN_ENDED] = "ended",
};
const char *const cause_words[CAUSE_MAX] = {
	[CAUSE_NONE] = "none",
	[CAUSE_OPERATOR] = "operator",
	[CAUSE_BREAKER] = "breaker",
	[CAUSE_SILENT] = "silent",
	[CAUSE_PACKAGE] = "package",
	[CAUSE_KEY] = "key",
	[CAUSE_RESTORE] = "restore",
	[CAUSE_CLOCK] = "clock",
	[CAUSE_COMPLETED] = "completed",
	[CAUSE_EXPIRED] = "expired",
	[CAUSE_TERMINATED] = "terminated",
	[CAUSE_ABORTED] = "aborted",
};
const char *const mode_words[MODE_MAX] = {
	[MODE_SILENT] = "silent",
	[MODE_MANUAL] = "manual",
};
const char *const execution_state_words[EXEC_STATE_MAX] = { EXECUTION_STATE_WORDS };
const char *const trial_words[TRIAL_MAX] = { "none", "running", "passed", "failed" };
const char *const auth_words[AUTH_MAX] = {
	[AUTH_TOKEN] = "token",
	[AUTH_CERTIFICATE] = "certificate",
	[AUTH_NONE] = "none",
};

int
word_index(const char *const *words, int count, const char *word)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

bool
execution_is_bad(enum execution_state state)
{
	return state == EXEC_FAILED || state == EXEC_TIMED_OUT || state == EXEC_REGRESSED;
}
