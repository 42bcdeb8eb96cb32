# ruff: noqa: E501 - legal texts are kept as one piece each
"""What exactly people agree to, word by word, in three languages.

A text that people have agreed to is never edited: a change is a new version below the old one, and
`VERSION` names the one that is shown today. Each text says what is processed, what for, who receives it,
how long, and what follows from a refusal (PIPL articles 14, 17, 39; 개인정보 보호법 제15조, 제22조, 제28조의8).
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import ConsentPurpose

VERSION = "2026-06"


@dataclass(frozen=True)
class ConsentText:
    """`agree` is what stands beside the checkbox; `rows` are pairs of heading and text."""

    title: str
    agree: str
    rows: tuple[tuple[str, str], ...]


def consent_text(purpose: ConsentPurpose, lang: str, version: str = VERSION) -> ConsentText:
    """The text of a version (the one of today, when that version is not kept here)."""
    return TEXTS.get(version, TEXTS[VERSION])[purpose][lang]


TEXTS: dict[str, dict[ConsentPurpose, dict[str, ConsentText]]] = {
    "2026-06": {
        ConsentPurpose.PROCESSING: {
            "zh": ConsentText(
                "个人信息处理同意（必选）",
                "同意为参加大赛处理本人的个人信息",
                (
                    (
                        "处理的信息",
                        "姓名、拉丁字母姓名、电子邮箱、出生年份、国家、语言、时区；自愿填写的手机号码；参赛、评审和获奖记录；登录记录。",
                    ),
                    ("目的", "报名、资格审查、评审、通知、颁发和验证证书。"),
                    ("接收方", "本届大赛的主办单位和承办单位；评委只能看到其评审项目所需的内容。"),
                    ("保存期限", "大赛结束后三年，之后删除；已公布的结果以匿名形式保留。账号可随时注销。"),
                    ("不同意的后果", "无法注册账号或参加大赛。不收集身份证号、护照号等证件号码。"),
                ),
            ),
            "ko": ConsentText(
                "개인정보 수집·이용 동의 (필수)",
                "대회 참가를 위한 개인정보 수집·이용에 동의합니다",
                (
                    (
                        "수집 항목",
                        "성명, 영문 성명, 이메일, 출생 연도, 국가, 언어, 시간대, 선택 입력한 휴대전화 번호, 참가·심사·수상 기록, 로그인 기록",
                    ),
                    ("이용 목적", "참가 신청, 자격 심사, 심사, 안내, 상장 발급 및 진위 확인"),
                    (
                        "제공받는 자",
                        "해당 회차의 주최·주관 기관. 심사위원은 배정된 아이템의 심사에 필요한 내용만 볼 수 있습니다.",
                    ),
                    (
                        "보유 기간",
                        "대회 종료 후 3년간 보유한 뒤 삭제하며, 발표된 결과는 익명으로 남습니다. 언제든지 회원 탈퇴를 할 수 있습니다.",
                    ),
                    (
                        "동의를 거부할 권리",
                        "동의를 거부할 수 있으나, 이 경우 가입과 대회 참가가 어렵습니다. 주민등록번호와 여권번호는 수집하지 않습니다.",
                    ),
                ),
            ),
            "en": ConsentText(
                "Consent to personal-data processing (required)",
                "I agree that my personal data are processed so that I can take part",
                (
                    (
                        "What",
                        "Name, name in Latin letters, e-mail, year of birth, country, language, time zone; a telephone number if you give one; what you enter, score or win; your sign-ins.",
                    ),
                    (
                        "What for",
                        "Registration, eligibility check, judging, messages, certificates and their verification.",
                    ),
                    (
                        "Who receives it",
                        "The hosts and organizers of the edition. Judges see only what they need for the entries they score.",
                    ),
                    (
                        "How long",
                        "Three years after the contest, then it is deleted; published results stay without names. You can delete your account at any time.",
                    ),
                    (
                        "If you refuse",
                        "Then no account can be made. We never ask for identity-card or passport numbers.",
                    ),
                ),
            ),
        },
        ConsentPurpose.TRANSFER_ABROAD: {
            "zh": ConsentText(
                "个人信息出境单独同意（必选）",
                "同意将上述个人信息提供给境外的主办、承办单位和评委",
                (
                    (
                        "接收方和国家",
                        "本届大赛在中国和韩国的主办单位、承办单位及评委；联系方式见各届大赛页面。",
                    ),
                    ("信息种类", "姓名、拉丁字母姓名、电子邮箱、国家、参赛材料、评审和获奖记录。"),
                    ("时间和方式", "自报名起，通过本平台的加密连接在线查看。"),
                    ("目的和期限", "由两国共同组织和评审大赛；大赛结束后三年。"),
                    (
                        "行使权利与不同意的后果",
                        "可随时在本平台查询、导出、更正、删除信息或撤回同意；不同意则无法参加由两国共同评审的大赛。",
                    ),
                ),
            ),
            "ko": ConsentText(
                "개인정보 국외 이전 동의 (필수)",
                "위 개인정보를 국외의 주최·주관 기관과 심사위원에게 이전하는 데 동의합니다",
                (
                    (
                        "이전받는 자와 국가",
                        "해당 회차의 한국·중국 주최·주관 기관과 심사위원. 연락처는 각 회차 페이지에 있습니다.",
                    ),
                    ("이전 항목", "성명, 영문 성명, 이메일, 국가, 참가 자료, 심사·수상 기록"),
                    ("이전 시기와 방법", "참가 신청 시점부터 이 플랫폼의 암호화된 연결을 통한 온라인 열람"),
                    ("이용 목적과 보유 기간", "양국 공동 운영과 심사, 대회 종료 후 3년"),
                    (
                        "거부 방법과 효과",
                        "언제든지 열람·내려받기·정정·삭제하거나 동의를 철회할 수 있습니다. 동의하지 않으면 양국이 함께 심사하는 대회에 참가하기 어렵습니다.",
                    ),
                ),
            ),
            "en": ConsentText(
                "Consent to transfer abroad (required)",
                "I agree that these data are also read by hosts, organizers and judges in the other country",
                (
                    (
                        "Who and where",
                        "Hosts, organizers and judges of the edition in China and Korea; how to reach them stands on the edition's page.",
                    ),
                    ("What", "Name, name in Latin letters, e-mail, country, what you enter, score or win."),
                    (
                        "When and how",
                        "From registration on, read online over this platform's encrypted connection.",
                    ),
                    (
                        "What for and how long",
                        "The contest is run and judged by both countries; three years after it.",
                    ),
                    (
                        "Your rights, and if you refuse",
                        "You can read, export, correct or delete the data or take this consent back at any time. Without it one can't take part in a contest that both countries judge.",
                    ),
                ),
            ),
        },
        ConsentPurpose.PUBLICATION: {
            "zh": ConsentText(
                "公开姓名和照片的同意（选择）",
                "同意获奖时公开姓名和照片",
                (
                    ("信息种类", "姓名、拉丁字母姓名、所在单位、获奖情况、颁奖照片。"),
                    ("目的和方式", "在结果页面、新闻稿和颁奖典礼上公布获奖者。"),
                    ("期限", "公布后三年。"),
                    ("不同意的后果", "不影响参赛、评审和获奖；结果页面只显示团队名称。"),
                ),
            ),
            "ko": ConsentText(
                "성명·사진 공개 동의 (선택)",
                "수상 시 성명과 사진을 공개하는 데 동의합니다",
                (
                    ("공개 항목", "성명, 영문 성명, 소속, 수상 내역, 시상식 사진"),
                    ("목적과 방법", "결과 페이지, 보도 자료, 시상식에서 수상자 소개"),
                    ("보유 기간", "공개 후 3년"),
                    (
                        "동의를 거부할 권리",
                        "동의하지 않아도 참가, 심사, 수상에 불이익이 없습니다. 결과 페이지에는 팀명만 표시됩니다.",
                    ),
                ),
            ),
            "en": ConsentText(
                "Publication of name and picture (optional)",
                "My name and picture may be published if we win",
                (
                    ("What", "Name, name in Latin letters, affiliation, award, pictures of the ceremony."),
                    (
                        "What for and how",
                        "To present winners on the results page, in the press and at the ceremony.",
                    ),
                    ("How long", "Three years from publication."),
                    (
                        "If you refuse",
                        "It makes no difference to entering, judging or winning; the results show the team's name only.",
                    ),
                ),
            ),
        },
        ConsentPurpose.NEWS: {
            "zh": ConsentText(
                "接收资讯的同意（选择）",
                "愿意收到今后大赛和活动的邮件",
                (
                    ("信息种类", "电子邮箱、姓名、语言。"),
                    ("目的", "介绍今后的大赛、推介会和支持政策，每年不超过十二封。"),
                    ("期限", "撤回同意或注销账号为止；每封邮件都说明如何退订。"),
                    ("不同意的后果", "没有影响；与报名有关的通知照常发送。"),
                ),
            ),
            "ko": ConsentText(
                "소식 수신 동의 (선택)",
                "다음 대회와 행사 소식을 이메일로 받는 데 동의합니다",
                (
                    ("이용 항목", "이메일, 성명, 언어"),
                    ("이용 목적", "다음 대회, 설명회, 지원 정책 안내(연 12회 이내)"),
                    (
                        "보유 기간",
                        "동의를 철회하거나 탈퇴할 때까지. 모든 메일에 수신 거부 방법을 안내합니다.",
                    ),
                    (
                        "동의를 거부할 권리",
                        "동의하지 않아도 불이익이 없으며, 참가 신청에 관한 안내는 그대로 발송됩니다.",
                    ),
                ),
            ),
            "en": ConsentText(
                "News (optional)",
                "I'd like to get mail about later contests and events",
                (
                    ("What", "E-mail, name, language."),
                    (
                        "What for",
                        "Later contests, promotion events and support programs, at most twelve mails a year.",
                    ),
                    ("How long", "Until you take it back or delete your account; every mail says how."),
                    ("If you refuse", "Nothing follows; messages about your own registration still come."),
                ),
            ),
        },
    }
}
