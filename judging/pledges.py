# ruff: noqa: E501 - a legal text is kept as one piece each
"""What judges promise before their first sheet: the packaged wording, its hashes, and whose name is whose.

The wording follows what Chinese and Korean contests have their judges sign (保密承诺书, 비밀유지 서약서):
impartiality, recusal, confidentiality, no use of ideas, no disclosure of scores.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from core.languages import Trilingual
from core.text import fold, skeleton

DEFAULT = Trilingual(
    zh="""本人接受邀请担任本届大赛评委，郑重承诺：

1. 公正评审。严格按照公布的评分细则独立评分，不受他人意见、利益或请托影响，不收受参赛团队及相关方的任何利益。
2. 主动回避。与参赛团队存在亲属、师生、同单位、投资、顾问或其他可能影响公正评审的关系时，立即申报并回避。
3. 严守秘密。评审中接触的商业计划书、技术资料、视频及讨论内容，未经参赛团队书面同意，不复制、不保存、不向任何第三方透露。
4. 不作他用。不将参赛团队的创意、技术和商业信息用于本人或他人的研究、投资、经营或知识产权申请。
5. 不泄露评分。结果正式公布前，不向任何人透露评分、排名、讨论内容和评委名单；公布后亦不透露个人评分。

本承诺自签署之日起生效，评审结束后保密义务继续有效。如有违反，组委会可终止本人的评审工作，本人愿承担相应责任。""",
    ko="""본인은 이번 대회의 심사위원직을 수락하며 다음 사항을 성실히 지킬 것을 서약합니다.

1. 공정한 심사: 공개된 심사 기준에 따라 독립적으로 채점하며, 타인의 의견이나 이해관계, 청탁에 영향을 받지 않고 참가팀과 관계자로부터 어떠한 이익도 받지 않습니다.
2. 자발적 회피: 참가팀과 친족, 사제, 동일 소속, 투자, 자문 등 공정한 심사를 해칠 수 있는 관계가 있으면 즉시 신고하고 심사를 회피합니다.
3. 비밀 유지: 심사 과정에서 알게 된 사업계획서, 기술 자료, 영상, 논의 내용을 참가팀의 서면 동의 없이 복제하거나 보관하지 않으며 제3자에게 알리지 않습니다.
4. 목적 외 사용 금지: 참가팀의 아이디어, 기술, 사업 정보를 본인이나 타인의 연구, 투자, 사업, 지식재산권 출원에 사용하지 않습니다.
5. 점수 비공개: 결과가 공식 발표되기 전까지 점수, 순위, 논의 내용, 심사위원 명단을 누구에게도 알리지 않으며, 발표 후에도 개인별 점수를 알리지 않습니다.

이 서약은 서명한 날부터 효력이 있으며 비밀 유지 의무는 심사가 끝난 뒤에도 계속됩니다. 이를 위반하면 조직위원회가 심사위원직을 해제할 수 있으며, 본인은 그에 따른 책임을 집니다.""",
    en="""I accept the invitation to judge this contest and undertake the following:

1. Fair judging. I score independently and by the published rubric, uninfluenced by other people's opinions, interests or requests, and accept no benefit from teams or anybody connected with them.
2. Recusal. Where I am connected with a team by family, teaching, a common employer, investment, advice or anything else that could put my impartiality in doubt, I declare it at once and step back.
3. Confidentiality. Business plans, technical material, videos and discussions that I come to know while judging are neither copied nor kept nor passed on to anybody without the team's written consent.
4. No use of ideas. I do not use a team's ideas, technology or business information for research, investment, business or intellectual property of my own or of others.
5. No disclosure of scores. Until the results are officially published I tell nobody of scores, rankings, discussions or the names of judges; afterwards I do not disclose individual scores.

This undertaking takes effect on the day I sign it, and the duty of confidentiality outlasts the judging. If I break it, the organizing committee may end my work as a judge, and I answer for the consequences.""",
)


def sha256_of(text: str) -> str:
    """What a wording is known by, as lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_signed(wording: Trilingual | None, signed: Iterable[str]) -> bool:
    """Whether one of the hashes in `signed` is of the wording as it stands, in whatever language it was read;
    always, where no wording is asked for."""
    if wording is None:
        return True
    standing = {sha256_of(text) for text in wording.to_json().values() if text}
    return not standing.isdisjoint(signed)


def is_own_name(typed: str, names: Iterable[str]) -> bool:
    """Whether the name typed is one of these: letter case, spaces, hyphens, look-alikes and, for names of
    several words, their order make no difference."""
    given = _spellings(typed)
    return bool(given) and any(given & _spellings(name) for name in names)


def _spellings(name: str) -> set[str]:
    words = re.findall(r"\w+", fold(name))
    joined = "".join(words)
    return {skeleton(joined), skeleton(" ".join(sorted(words)))} if joined else set()
