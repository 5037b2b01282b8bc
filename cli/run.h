/* The run functions of all commands, by file. */
#pragma once

#include "plans/orders/edit.h"
#include "plans/orders/activate.h"
#include "cli/command.h"

#define RUN(name) enum err_code run_##name(struct cli *cli, const struct args *args, struct err *err)

/* fleet.c */
RUN(init); RUN(freeze_on); RUN(freeze_off); RUN(tick); RUN(help);
/* audit.c */
RUN(audit_anchor); RUN(audit_export); RUN(audit_log); RUN(audit_verify);
/* db.c */
RUN(db_adopt); RUN(db_backup); RUN(db_check); RUN(db_gc); RUN(db_migrate); RUN(db_restore);
/* product.c */
RUN(product_add); RUN(product_list); RUN(product_show); RUN(product_set); RUN(product_remove);
RUN(product_versions); RUN(component_add); RUN(component_list); RUN(component_set); RUN(component_remove);
/* key.c */
RUN(key_import); RUN(key_new); RUN(key_trust); RUN(key_untrust); RUN(key_revoke); RUN(key_list); RUN(key_export);
/* package.c */
RUN(package_add); RUN(package_list); RUN(package_show); RUN(package_sign); RUN(package_verify);
RUN(package_publish); RUN(package_retire); RUN(package_revoke); RUN(package_remove);
RUN(package_manifest);
/* device.c */
RUN(device_add); RUN(device_import); RUN(device_list); RUN(device_show); RUN(device_set);
RUN(device_token); RUN(device_hold); RUN(device_release); RUN(device_remove); RUN(device_explain);
RUN(group_add); RUN(group_remove); RUN(group_list); RUN(group_show);
RUN(device_reset); RUN(device_history);
/* trace.c */
RUN(trace);
/* gateway.c */
RUN(gateway_add); RUN(gateway_list); RUN(gateway_remove);
/* strategy.c, trial.c */
RUN(strategy_add); RUN(strategy_list); RUN(strategy_remove); RUN(strategy_set); RUN(strategy_show);
RUN(trial_start); RUN(trial_show);
/* plan.c */
RUN(plan_create); RUN(plan_edit); RUN(plan_clone); RUN(plan_list); RUN(plan_show); RUN(plan_activate);
RUN(plan_suspend); RUN(plan_resume); RUN(plan_advance); RUN(plan_throttle); RUN(plan_extend);
RUN(plan_expand); RUN(plan_complete); RUN(plan_terminate); RUN(plan_delete);
/* rollout.c, watch.c, simulate.c, execution.c */
RUN(plan_devices); RUN(plan_explain); RUN(plan_status); RUN(plan_watch); RUN(plan_wait);
RUN(plan_simulate); RUN(execution_list); RUN(execution_show); RUN(execution_confirm);
RUN(execution_cancel); RUN(execution_retry);
