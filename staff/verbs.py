"""The verbs this app writes to the trail."""

from audit import verbs

verbs.register("staff.signed_in", "登录")
verbs.register("staff.sign_in_failed", "登录失败")
verbs.register("staff.locked_out", "登录锁定")
verbs.register("staff.unlocked", "解除锁定")
verbs.register("staff.signed_out", "退出")
verbs.register("staff.session_expired", "会话超时")
verbs.register("staff.user_created", "新建账号")
verbs.register("staff.user_disabled", "停用账号")
verbs.register("staff.user_enabled", "启用账号")
verbs.register("staff.password_set", "设置口令")
verbs.register("staff.totp_enrolled", "绑定动态口令")
verbs.register("staff.role_granted", "授予角色")
verbs.register("staff.role_ended", "终止角色")
