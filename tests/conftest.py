"""Articles to test with, written for this purpose in the manner of news agencies."""

from __future__ import annotations

LINES = (
    "وصل وزير الدفاع القطري إلى مسقط يوم الثلاثاء في زيارة رسمية تستغرق يومين.",
    "عقد الجانبان الأردني والمصري جولة مباحثات في العقبة تناولت أمن الحدود.",
    "انطلقت مناورات «صقر الساحل 3» بمشاركة القوات البحرية العمانية والبريطانية.",
    "وقعت وزارة الصحة ومنظمة الصحة العالمية مذكرة تفاهم في المنامة.",
    "أعلنت هيئة الأرصاد أن موجة الغبار تنحسر مساء غد الخميس.",
)


def article_text(number: int) -> str:
    """The text of an article; another one for every number."""
    first = LINES[number % len(LINES)]
    second = LINES[(number * 3 + 1) % len(LINES)]
    return f"{first}\n\n{second} وذكر البيان رقم {number} أن الاجتماع المقبل يعقد في أبريل 2022."
