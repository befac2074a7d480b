"""The verbs this app writes to the trail."""

from audit import verbs

verbs.register("person.contact_changed", "变更联系方式")
verbs.register("person.revealed", "查看完整身份信息")
verbs.register("person.keys_rotated", "轮换加密密钥")
