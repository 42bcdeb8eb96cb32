# ruff: noqa: E501 - legal texts are kept as one piece each
"""What exactly guests of a roadshow agree to, word by word, in three languages.

A text that somebody has agreed to is never edited: a change is a new version below the old one, and
`VERSION` names the one that is shown today. Each text says what is processed, what for, who receives it, how
long, and what follows from a refusal (PIPL articles 14, 17, 29, 39; 개인정보 보호법 제15조, 제17조, 제22조,
제28조의8).
"""

from __future__ import annotations

from accounts.consent_texts import ConsentText
from roadshows.models import GuestConsentPurpose as Purpose

VERSION = "2026-11"
YEARS_KEPT = 1
"""So long after the event guests are kept, as the texts promise; `guest_jobs` keeps the promise."""
REQUIRED = (Purpose.PROCESSING, Purpose.TRANSFER_ABROAD)
"""Without these nobody can be on the list: hosts of both countries keep it together."""
OPTIONAL = (Purpose.CARD, Purpose.PHOTOS)


def guest_consent_text(purpose: Purpose, lang: str, version: str = VERSION) -> ConsentText:
    """The text of a version (the one of today, when that version is not kept here)."""
    return TEXTS.get(version, TEXTS[VERSION])[purpose][lang]


TEXTS: dict[str, dict[Purpose, dict[str, ConsentText]]] = {
    "2026-11": {
        Purpose.PROCESSING: {
            "zh": ConsentText(
                "个人信息处理同意（必选）",
                "同意为参加本次活动处理本人的个人信息",
                (
                    (
                        "处理的信息",
                        "姓名、拉丁字母姓名、单位、职务、电子邮箱、语言；自愿填写的电话、口译和其他需求；签到时间。",
                    ),
                    ("目的", "登记和确认嘉宾、制作胸牌、签到、安排座位和口译、发送与本次活动有关的通知。"),
                    ("接收方", "本次活动的主办、承办单位；签到工作人员只能看到姓名、单位和嘉宾类别。"),
                    ("保存期限", "活动结束后一年，之后删除姓名等信息；可随时在个人页面删除。"),
                    ("不同意的后果", "无法登记参加活动。不收集身份证号、护照号等证件号码。"),
                ),
            ),
            "ko": ConsentText(
                "개인정보 수집·이용 동의 (필수)",
                "행사 참석을 위한 개인정보 수집·이용에 동의합니다",
                (
                    (
                        "수집 항목",
                        "성명, 영문 성명, 소속, 직위, 이메일, 언어, 선택 입력한 전화번호·통역 및 기타 요청 사항, 현장 등록 시각",
                    ),
                    (
                        "이용 목적",
                        "참석 신청 접수와 확정, 명찰 제작, 현장 등록, 좌석·통역 배정, 이 행사에 관한 안내",
                    ),
                    (
                        "제공받는 자",
                        "이 행사의 주최·주관 기관. 현장 등록 담당자는 성명, 소속, 참석 구분만 볼 수 있습니다.",
                    ),
                    (
                        "보유 기간",
                        "행사 종료 후 1년간 보유한 뒤 성명 등을 삭제하며, 개인 페이지에서 언제든지 삭제할 수 있습니다.",
                    ),
                    (
                        "동의를 거부할 권리",
                        "동의를 거부할 수 있으나, 이 경우 참석 신청이 어렵습니다. 주민등록번호와 여권번호는 수집하지 않습니다.",
                    ),
                ),
            ),
            "en": ConsentText(
                "Consent to personal-data processing (required)",
                "I agree that my personal data are processed so that I can attend",
                (
                    (
                        "What",
                        "Name, name in Latin letters, organization, position, e-mail, language; telephone number and needs if you tell them; when you checked in.",
                    ),
                    (
                        "What for",
                        "Registering and confirming guests, badges, check-in, seats and interpreting, messages about this event.",
                    ),
                    (
                        "Who receives it",
                        "The hosts and organizers of this event. Staff at the door see name, organization and kind of guest only.",
                    ),
                    (
                        "How long",
                        "One year after the event, then names are deleted; you can delete them on your own page at any time.",
                    ),
                    (
                        "If you refuse",
                        "Then you can't be registered. We never ask for identity-card or passport numbers.",
                    ),
                ),
            ),
        },
        Purpose.TRANSFER_ABROAD: {
            "zh": ConsentText(
                "个人信息出境单独同意（必选）",
                "同意将上述个人信息提供给境外的主办、承办单位",
                (
                    (
                        "接收方和国家",
                        "本次活动在中国和韩国的主办、承办单位；名称和联系方式见活动页面。",
                    ),
                    ("信息种类", "姓名、拉丁字母姓名、单位、职务、电子邮箱、语言、需求、签到时间。"),
                    ("时间和方式", "自登记起，通过本平台的加密连接在线查看。"),
                    ("目的和期限", "由两国单位共同举办活动；活动结束后一年。"),
                    (
                        "行使权利与不同意的后果",
                        "可随时在个人页面查询、下载、更正、删除信息或撤回同意；不同意则无法登记参加由两国共同举办的活动。",
                    ),
                ),
            ),
            "ko": ConsentText(
                "개인정보 국외 이전 동의 (필수)",
                "위 개인정보를 국외의 주최·주관 기관에 이전하는 데 동의합니다",
                (
                    (
                        "이전받는 자와 국가",
                        "이 행사의 한국·중국 주최·주관 기관. 명칭과 연락처는 행사 페이지에 있습니다.",
                    ),
                    (
                        "이전 항목",
                        "성명, 영문 성명, 소속, 직위, 이메일, 언어, 요청 사항, 현장 등록 시각",
                    ),
                    ("이전 시기와 방법", "신청 시점부터 이 플랫폼의 암호화된 연결을 통한 온라인 열람"),
                    ("이용 목적과 보유 기간", "양국 기관의 행사 공동 운영, 행사 종료 후 1년"),
                    (
                        "거부 방법과 효과",
                        "개인 페이지에서 언제든지 열람·내려받기·정정·삭제하거나 동의를 철회할 수 있습니다. 동의하지 않으면 양국이 함께 여는 행사에 참석 신청을 하기 어렵습니다.",
                    ),
                ),
            ),
            "en": ConsentText(
                "Consent to transfer abroad (required)",
                "I agree that these data are also read by hosts and organizers in the other country",
                (
                    (
                        "Who and where",
                        "Hosts and organizers of this event in China and Korea; their names and how to reach them stand on the event's page.",
                    ),
                    (
                        "What",
                        "Name, name in Latin letters, organization, position, e-mail, language, needs, check-in.",
                    ),
                    (
                        "When and how",
                        "From registration on, read online over this platform's encrypted connection.",
                    ),
                    (
                        "What for and how long",
                        "The event is held by both countries together; one year after it.",
                    ),
                    (
                        "Your rights, and if you refuse",
                        "On your own page you can read, download, correct or delete the data or take this consent back at any time. Without it one can't attend an event that both countries hold.",
                    ),
                ),
            ),
        },
        Purpose.CARD: {
            "zh": ConsentText(
                "向团队和投资人展示名片的同意（选择）",
                "同意在本次对接会中向参会团队和投资人展示本人的名片信息",
                (
                    ("信息种类", "姓名、拉丁字母姓名、单位、职务、语言；不包括邮箱和电话。"),
                    ("目的和接收方", "由参加本次一对一对接会的团队和投资人查看，以便约见。"),
                    ("期限", "活动结束为止；可随时在个人页面撤回。"),
                    ("不同意的后果", "不影响参加活动；名片不会展示，也不会有人约见。"),
                ),
            ),
            "ko": ConsentText(
                "참가팀·투자자에 대한 명함 공개 동의 (선택)",
                "이 행사의 1:1 상담에 참가하는 팀과 투자자에게 명함 정보를 공개하는 데 동의합니다",
                (
                    (
                        "제공 항목",
                        "성명, 영문 성명, 소속, 직위, 언어. 이메일과 전화번호는 포함하지 않습니다.",
                    ),
                    ("제공받는 자와 목적", "이 행사의 1:1 상담에 참가하는 팀과 투자자, 상담 신청"),
                    ("보유 기간", "행사 종료 시까지. 개인 페이지에서 언제든지 철회할 수 있습니다."),
                    (
                        "동의를 거부할 권리",
                        "동의하지 않아도 참석에 불이익이 없습니다. 명함이 공개되지 않으므로 상담 신청을 받지 않습니다.",
                    ),
                ),
            ),
            "en": ConsentText(
                "Card shown to teams and investors (optional)",
                "Teams and investors of this event's meetings may see my card",
                (
                    (
                        "What",
                        "Name, name in Latin letters, organization, position, languages; not e-mail or telephone.",
                    ),
                    (
                        "Who and what for",
                        "Teams and investors of the one-to-one meetings, to ask for a meeting.",
                    ),
                    ("How long", "Until the event ends; you can take it back on your own page."),
                    (
                        "If you refuse",
                        "You can attend all the same; your card isn't shown, and nobody asks for a meeting.",
                    ),
                ),
            ),
        },
        Purpose.PHOTOS: {
            "zh": ConsentText(
                "活动照片和录像的同意（选择）",
                "同意在活动报道中使用有本人形象的照片和录像",
                (
                    ("信息种类", "活动现场的照片和录像。"),
                    ("目的和方式", "在主办单位的网站、公众号和新闻稿中报道本次活动，在中国和韩国公开。"),
                    ("期限", "公布后三年；可随时在个人页面撤回，之后不再使用。"),
                    ("不同意的后果", "不影响参加活动；工作人员会避免拍摄您，误拍的会删除。"),
                ),
            ),
            "ko": ConsentText(
                "행사 사진·영상 촬영 및 이용 동의 (선택)",
                "행사 보도에 본인이 나온 사진과 영상을 이용하는 데 동의합니다",
                (
                    ("이용 항목", "행사장에서 촬영한 사진과 영상"),
                    (
                        "목적과 방법",
                        "주최 기관의 누리집, 소셜 미디어, 보도 자료를 통한 행사 소개(한국·중국에 공개)",
                    ),
                    (
                        "보유 기간",
                        "공개 후 3년. 개인 페이지에서 언제든지 철회할 수 있으며 이후 사용하지 않습니다.",
                    ),
                    (
                        "동의를 거부할 권리",
                        "동의하지 않아도 참석에 불이익이 없으며, 촬영에서 제외하고 잘못 촬영된 것은 삭제합니다.",
                    ),
                ),
            ),
            "en": ConsentText(
                "Photographs and film (optional)",
                "Pictures of the event may be used with me in them",
                (
                    ("What", "Photographs and film taken at the event."),
                    (
                        "What for and how",
                        "To report on the event on the hosts' websites and social media and in the press, in China and Korea.",
                    ),
                    (
                        "How long",
                        "Three years from publication; take it back on your own page and they are used no more.",
                    ),
                    (
                        "If you refuse",
                        "You can attend all the same; staff avoid taking your picture and delete what was taken by mistake.",
                    ),
                ),
            ),
        },
    }
}
