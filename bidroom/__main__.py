"""`python -m bidroom VERB …`: finds the module of a verb, and imports no other.

A module named here has `main(arguments: list[str]) -> int | None`: what follows the verb, and the
exit status. So the server starts without the command line's library, and `verify` without any
database's.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final, NamedTuple


class Verb(NamedTuple):
    module: str
    zh: str
    en: str


VERBS: Final = {
    "serve": Verb("bidroom.serve", "启动开标大厅", "serve the hall"),
    "demo": Verb("bidroom.demo", "演示一场真实的开标", "play a real opening"),
    "migrate": Verb("bidroom.postgres.migrate", "升级数据库结构", "bring the database up to date"),
    "staff": Verb("bidroom.cli.staff", "登记代理、监督、公证人员", "register those let in by name"),
    "demo-ca": Verb("bidroom.cli.demo_ca", "生成演示用证书", "make certificates for a demo"),
    "seal": Verb("bidroom.cli.seal", "加密并递交投标文件", "seal a tender and hand it in"),
    "unlock": Verb("bidroom.cli.unlock", "开标时解密投标文件", "decrypt one's own tender"),
    "token": Verb("bidroom.token.program", "供网页使用 UKey", "keys on devices, for pages"),
    "draw": Verb("bidroom.cli.draw", "抽取：承诺份额", "shares of a draw, and its plan"),
    "verify": Verb("bidroom.cli.verify", "离线核验开标记录", "verify a published record offline"),
    "witness": Verb("bidroom.cli.witness", "见证公开日志并会签", "watch the public log, cosign it"),
    "verify-diff": Verb("bidroom.cli.verify_diff", "比较两次下载", "was history rewritten?"),
}


def usage() -> str:
    lines = [f"  {name:<11} {verb.zh} / {verb.en}" for name, verb in VERBS.items()]
    return "\n".join(["用法 / usage: python -m bidroom VERB …", *lines])


def main(arguments: list[str]) -> int:
    """Run a verb; 2 for one that isn't known, as shells expect, and 1 for a refused setting."""
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(usage())
        return 0 if arguments else 2
    verb = VERBS.get(arguments[0])
    if verb is None:
        print(f"没有此命令 / no such verb: {arguments[0]}\n{usage()}", file=sys.stderr)
        return 2
    status: int | None = import_module(verb.module).main(arguments[1:])
    return status or 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
