"""What the hall says to people when it says no: one sentence a code, in Chinese and in English.

The codes are the reasons of the rules (opening/commands.py), of crypto (crypto/errors.py), of
letters (opening/offer.py), and those that the doors add. Pages get this table (web/protocol.py).
"""

from __future__ import annotations

from typing import Final

Sentence = tuple[str, str]  # 中文, English

_RULES: Final[dict[str, Sentence]] = {
    "not_your_part": ("您无权进行此操作。", "This is not yours to do."),
    "not_now": ("当前阶段不能进行此操作。", "This can't be done at this stage."),
    "too_early": ("时间未到。", "It is too early for this."),
    "too_late": ("时间已过。", "It is too late for this."),
    "stale_version": (
        "场次状态已变化，请查看最新状态后再操作。",
        "The opening has moved on; look at it again before you act.",
    ),
    "already_scheduled": ("该标段已排期。", "This lot is already scheduled."),
    "no_such_opening": ("没有这个开标场次。", "There is no such opening."),
    "deadline_past": ("投标截止时间已过。", "The deadline has passed."),
    "duties_overlap": (
        "主持人、备用主持人与记录人须为不同人员。",
        "Host, reserve hosts and recorder must be different people.",
    ),
    "fields_repeated": ("唱标项目的名称重复。", "Two read-out fields have the same name."),
    "text_not_plain": (
        "文本为空，或含控制字符、不可见字符。",
        "The text is empty, or holds control or invisible characters.",
    ),
    "window_not_open": ("解密尚未开始。", "Decryption has not begun yet."),
    "window_over": ("解密时限已过。", "The window for decryption is over."),
    "no_tender": ("您在本标段没有投标文件。", "You have no tender in this lot."),
    "seal_broken": (
        "投标文件封装在保管期间受损，请联系主持人。",
        "The seal was damaged while it was kept; please tell the host.",
    ),
    "already_decrypted": ("该投标文件已解密。", "This tender is already decrypted."),
    "already_confirmed": ("您已确认。", "You have confirmed already."),
    "extensions_spent": ("延长次数已用完。", "No more extensions are allowed."),
    "extension_too_long": (
        "累计延长时间超过上限。",
        "The extensions would be longer than the policy allows.",
    ),
    "no_such_objection": ("没有此项异议。", "There is no such objection."),
    "already_answered": ("该异议已答复。", "This objection is already answered."),
    "objections_spent": ("您的异议次数已用完。", "You can't raise more objections."),
    "objections_over": ("提出异议的时间已过。", "The time for objections is over."),
    "already_signed": ("您已签署。", "You have signed already."),
    "signatures_missing": (
        "主持人与记录人均签署后方可结束。",
        "It can be closed once both host and recorder have signed.",
    ),
    "not_read_out": ("该投标人未唱标，不能列为候选人。", "This bidder's offer was not read out."),
    "not_a_candidate": ("该投标人不在候选人之列。", "This bidder is not a candidate."),
    "draw_contributors": (
        "抽取方案的参与人不符：须有平台、监督人、公证人，各一份，任何一方不能单独恢复他人份额。",
        "The draw's contributors aren't as they must be: the platform, and supervisors or a notary"
        " of this opening, each once, and more than restore a share together.",
    ),
    "draw_commitment": (
        "抽取方案中有一方的承诺或份额缺失、不符。",
        "A contributor's commitment or sealed parts are missing, or not what it signed.",
    ),
    "draw_round": (
        "抽取轮次的球列表或个数不合要求。",
        "A round of the draw has balls or a count that can't be drawn.",
    ),
    "draw_first": ("须先完成抽取。", "The draw comes first."),
    "share_wrong": (
        "份额与公告中的承诺不符。",
        "This is not what the notice's commitment was made to.",
    ),
    "already_revealed": ("您已公开。", "You have revealed this already."),
    "not_missing": ("该份额无需恢复。", "This share doesn't need to be restored."),
    "no_notary": (
        "本场没有公证人，不能录入摇球机结果。",
        "There is no notary: a ball machine's result can't be entered.",
    ),
    "picks_wrong": (
        "录入的球号与公告的轮次不符。",
        "These balls could not have come up in the notice's rounds.",
    ),
    "nothing_entered": ("尚未录入摇球机结果。", "No ball machine's result was entered."),
}

_SEAL: Final[dict[str, Sentence]] = {
    "not_a_p12": (
        "这不是有效的证书文件（.p12/.pfx）。",
        "This is no certificate file (.p12, .pfx).",
    ),
    "wrong_pin": ("口令不正确。", "The PIN is wrong."),
    "no_key": ("证书文件中没有私钥。", "The certificate file holds no private key."),
    "key_unsuited": (
        "该密钥的算法不适用于本系统或本标段的加密套件。",
        "This key has an algorithm that can't be used here, or not under this lot's suite.",
    ),
    "token_unreachable": (
        "没有找到本机的 UKey 程序。",
        "The program for tokens doesn't answer on this machine.",
    ),
    "token_forbidden": (
        "浏览器未允许本页访问本机的 UKey 程序。",
        "The browser doesn't let this page reach the program for tokens.",
    ),
    "token_foreign": (
        "UKey 程序不接受本网站的请求。",
        "The program for tokens doesn't serve this site.",
    ),
    "token_missing": ("没有找到 UKey。", "No token is plugged in."),
    "token_shut": (
        "UKey 已关闭或曾被拔出，须重新输入口令。",
        "The token was shut or pulled out; its PIN is needed again.",
    ),
    "token_busy": ("UKey 程序正忙。", "The program for tokens is busy."),
    "token_failed": ("UKey 或其驱动出错。", "The token or its driver failed."),
    "pin_rejected": ("UKey 口令不正确。", "The token's PIN is wrong."),
    "pin_last_try": (
        "UKey 口令不正确；再错一次 UKey 将被锁定。",
        "The token's PIN is wrong; one more wrong try locks it.",
    ),
    "pin_locked": ("UKey 口令已锁定。", "The token's PIN is locked."),
    "pin_not_given": ("没有输入 UKey 口令。", "The token's PIN was not given."),
    "not_agreed": (
        "持有人没有在 UKey 程序中同意签名。",
        "Its holder did not agree to the signature.",
    ),
    "not_for_signing": (
        "UKey 程序不签署与开标无关的内容。",
        "The program for tokens signs nothing but acts of an opening.",
    ),
    "too_large": ("内容超过大小上限。", "This is larger than allowed."),
    "not_canonical": ("数据不是规范格式。", "The data are not in canonical form."),
    "malformed_header": ("投标包头部格式有误。", "The package's header is malformed."),
    "malformed_keyenv": ("投标包密钥信封格式有误。", "The package's key envelope is malformed."),
    "malformed_seal": ("封装摘要格式有误。", "The seal is malformed."),
    "malformed_signature": ("签名格式有误。", "The signature is malformed."),
    "malformed_certificate": ("证书格式有误。", "The certificate is malformed."),
    "malformed_package": ("投标包格式有误。", "The package is malformed."),
    "malformed_body": (
        "投标文件名称或大小不符合要求。",
        "A file's name or size is not allowed.",
    ),
    "wrong_suite": ("加密套件与招标公告不符。", "The suite is not the one in the notice."),
    "foreign_tender": ("这不是您的投标包。", "This package is not this tender."),
    "foreign_lot": ("这是其他标段的投标包。", "This package is for another lot."),
    "foreign_notice": (
        "投标包依据的招标公告版本与现行公告不一致，请重新封装。",
        "This was sealed under another version of the notice; seal it again.",
    ),
    "foreign_bidder": ("这是其他投标人的投标包。", "This package is another bidder's."),
    "recipient_foreign": (
        "投标包的解密证书不属于投标人。",
        "The package is encrypted to a certificate that isn't the bidder's.",
    ),
    "header_altered": ("投标包头部与封装摘要不符。", "The header isn't what the seal says."),
    "keyenv_altered": ("密钥信封与封装摘要不符。", "The key envelope isn't what the seal says."),
    "seal_altered": ("封装摘要已被改动。", "The seal was altered."),
    "section_altered": ("投标文件密文与封装摘要不符。", "A section isn't what the seal says."),
    "part_altered": (
        "上传的分片与清单不符，请重传该分片。",
        "This part isn't the one announced; send it again.",
    ),
    "statement_altered": (
        "签署的内容与应签内容不一致。",
        "What was signed is not what was to be signed.",
    ),
    "signature_bad": ("签名验证不通过。", "The signature does not hold."),
    "signature_missing": ("缺少签名。", "There is no signature."),
    "signer_unknown": ("无法识别签名人。", "The signer can't be made out."),
    "certificate_expired": ("证书已过期，请更新证书。", "The certificate has expired."),
    "certificate_not_yet_valid": ("证书尚未生效。", "The certificate is not valid yet."),
    "certificate_revoked": ("证书已被吊销。", "The certificate was revoked."),
    "certificate_untrusted": (
        "证书不是本平台认可的 CA 机构签发的。",
        "The certificate is of no authority that this hall trusts.",
    ),
    "certificate_wrong_usage": (
        "证书用途不符：签名须用签名证书，加密须用加密证书。",
        "This certificate is for another use: sign with the signing one, seal with the other.",
    ),
    "not_a_recipient": (
        "此证书不能解密该投标包，请使用封装时的加密证书。",
        "This certificate doesn't open the package; use the one it was sealed with.",
    ),
    "wrong_key": (
        "密钥不正确，未解密任何内容，可更换密钥重试。",
        "The key is wrong. Nothing was decrypted; another key may be tried.",
    ),
    "unreadable_letter": (
        "密钥正确，但投标函无法读取。",
        "The key is right, but the letter can't be read.",
    ),
    "unreadable_body": (
        "密钥正确，但投标文件正文无法读取。",
        "The key is right, but the files can't be read.",
    ),
}

_LETTER: Final[dict[str, Sentence]] = {
    "not_a_letter": ("内容不是开标一览表。", "This is no letter."),
    "field_missing": ("开标一览表缺少必填项。", "The letter lacks a required field."),
    "field_unknown": ("开标一览表含公告以外的项目。", "The letter has a field the notice lacks."),
    "field_wrong": (
        "开标一览表有一项填写不合要求。",
        "A field of the letter is not as it must be.",
    ),
}

_PEOPLE: Final[dict[str, Sentence]] = {
    "not_logged_in": ("请先登录。", "Please log in first."),
    "not_staff": (
        "该证书对应的人员未在本平台登记。",
        "The person of this certificate is not registered here.",
    ),
    "organisation_code_bad": (
        "证书中统一社会信用代码第 9 至 17 位（组织机构代码）的校验码不符，请联系 CA 机构更正证书。",
        "Characters 9 to 17 of the certificate's credit code are no organisation code that checks;"
        " ask your CA for a corrected certificate.",
    ),
    "credit_code_bad": (
        "证书中的统一社会信用代码缺失或校验不符。",
        "The credit code in the certificate is missing or wrong.",
    ),
    "name_not_plain": (
        "证书中的名称为空或含不可见字符。",
        "The name in the certificate is empty or holds invisible characters.",
    ),
    "signer_foreign": ("签名证书不是登录者本人的。", "The signer is not who is logged in."),
    "challenge_spent": (
        "挑战值已使用或已过期，请重新操作。",
        "The challenge was used or has expired; please try again.",
    ),
    "uploads_spent": (
        "您在本标段的上传次数已达上限，已签收的投标文件不受影响。",
        "You can begin no more uploads for this lot; what was received stays received.",
    ),
}

_DOORS: Final[dict[str, Sentence]] = {
    "malformed": ("请求格式有误。", "The request is malformed."),
    "not_found": ("没有此页面或内容。", "There is nothing here."),
    "wrong_method": ("不支持此请求方法。", "This method is not allowed here."),
    "foreign_origin": ("请求来源不符。", "The request comes from another site."),
    "not_from_a_page": (
        "请求缺少必要的标头，未予执行。",
        "The request lacks a header that it must carry; nothing was done.",
    ),
    "history_rewritten": (
        "公开日志前后不一致，历史可能被改写：未签署任何内容。",
        "The public log contradicts itself, history may have been rewritten: nothing was signed.",
    ),
    "not_in_the_log": (
        "公开日志中没有此项。",
        "The public log has no such thing.",
    ),
    "no_such_upload": ("没有此上传。", "There is no such upload."),
    "no_such_file": ("没有此文件。", "There is no such file."),
    "not_decrypted": (
        "该投标文件尚未解密或尚未唱标。",
        "This tender is not decrypted or not read out yet.",
    ),
    "too_many": ("请求过于频繁，请稍后再试。", "Too many requests; please wait a little."),
    "not_published": (
        "开标记录尚未公布。",
        "The record is not published yet.",
    ),
    "fault": (
        "系统故障，请稍后重试；您提交的内容不会重复生效。",
        "Something failed here. Please try again; nothing you sent will count twice.",
    ),
    "restarting": ("系统正在重启，请稍后重试。", "The hall is restarting; please try again."),
}

WORDS: Final[dict[str, Sentence]] = {**_RULES, **_SEAL, **_LETTER, **_PEOPLE, **_DOORS}
