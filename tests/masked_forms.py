"""Made-up things that identify a customer, written and spoken in many ways, and sentences that identify nobody."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

_YAO = str.maketrans("0123456789", "零幺二三四五六七八九")
_YI = str.maketrans("0123456789", "零一二三四五六七八九")


class Said(NamedTuple):
    """Turns as (role, text); what is in braces must be hidden, and nothing else may be."""

    turns: tuple[tuple[str, str], ...]


def _customer(text: str) -> Said:
    return Said((("customer", text),))


def _spoken(number: str) -> tuple[str, ...]:
    return number, number.translate(_YAO), number.translate(_YI)


def _numbers(frames: tuple[str, ...], numbers: tuple[str, ...], sizes: tuple[tuple[int, ...], ...]) -> Iterator[Said]:
    for number, sizing, joint, frame in product(numbers, sizes, ("", " ", "-", "，"), frames):
        for form in _spoken(number):
            at, parts = 0, []
            for size in (*sizing, len(number)):
                parts.append(form[at : at + size])
                at += size
            written = joint.join(part for part in parts if part)
            yield _customer(frame.format(written if joint != "，" else written.replace("，", "}，{")))


PHONES = ("13912345678", "18655501234", "17000018888")
CARDS = ("6217001234567890123", "6222021001112223")
IDENTITIES = ("330106198804051234", "110101197503024567")


def hidden_forms() -> dict[str, list[Said]]:
    """By kind."""
    frames = ("{{{}}}", "我的号码是{{{}}}，对", "嗯{{{}}}，您记一下")
    kinds: dict[str, list[Said]] = {
        "手机号": list(_numbers(frames, PHONES, ((11,), (3, 4, 4), (3, 3, 5)))),
        "固定电话、宽带账号": list(_numbers(frames, ("057187654321", "02066668888"), ((12,), (4, 8), (4, 4, 4)))),
        "身份证号": list(_numbers(frames, IDENTITIES, ((18,), (6, 8, 4), (6, 4, 4, 4)))),
        "银行卡号": list(_numbers(frames, CARDS, ((19,), (4, 4, 4, 4)))),
    }
    asked = (
        "验证码是{{{}}}",
        "密码{{{}}}",
        "校验码，{{{}}}",
        "尾号是{{{}}}的",
        "身份证后四位{{{}}}",
        "动态码我念给你{{{}}}",
    )
    kinds["验证码、密码、尾号"] = [
        _customer(frame.format(form)) for frame in asked for code in ("4567", "0918", "8804") for form in _spoken(code)
    ]
    kinds["验证码、密码、尾号"] += [
        Said((("agent", ask), ("customer", f"{{{form}}}")))
        for ask in ("请您报一下短信验证码", "麻烦输入六位密码", "请问证件号码后六位是多少")
        for code in ("456789", "120934")
        for form in _spoken(code)
    ]
    places = (
        "幸福路{{{}}}号",
        "我住在中山西路{{{}}}号",
        "阳光小区{{{}}}栋",
        "枫林新村{{{}}}幢",
        "{{{}}}单元",
        "长安街{{{}}}号院",
        "在{{{}}}室",
    )
    kinds["地址里的号码"] = [
        _customer(frame.format(form))
        for frame in places
        for form in ("12", "128", "三", "十八", "二十三", "一零二", "五零幺")
        if not (frame == "在{{{}}}室" and len(form) < 2)
    ]
    kinds["客户姓名"] = list(_names())
    return kinds


FULL_NAMES = (
    "王小明",
    "李建国",
    "张伟",
    "欧阳娜娜",
    "陈思雨",
    "刘洋",
    "赵海燕",
    "周杰",
    "吴桂芳",
    "孙晓丽",
    "司马青",
    "高峻",
)
SURNAMES = ("王", "李", "欧阳", "曹", "邵", "龚", "于", "万", "高", "时")


def _names() -> Iterator[Said]:
    for name in FULL_NAMES:
        for frame in (
            "我叫{{{}}}", "你好，我叫{{{}}}，我想查一下话费", "我叫{{{}}}我要投诉", "机主是{{{}}}", "户主{{{}}}", "姓名：{{{}}}",
            "登记的名字是{{{}}}", "号码是{{{}}}名下的", "我是{{{}}}，昨天打过电话", "开户人叫{{{}}}，是我爱人", "联系人写{{{}}}吧",
        ):  # fmt: skip
            yield _customer(frame.format(name))
        for ask in ("请问机主的姓名是？", "请问您怎么称呼？", "麻烦报一下您的姓名", "您叫什么名字"):
            yield Said((("agent", ask), ("customer", f"{{{name}}}。")))
            yield Said(
                (("agent", ask), ("customer", f"嗯，我叫{{{name}}}"), ("agent", f"好的，{{{name}}}先生，请稍等"))
            )
        for frame in ("请问是{{{}}}先生吗", "您是{{{}}}本人吗？", "好的{{{}}}女士"):
            yield Said((("agent", frame.format(name)),))
    for name in SURNAMES:
        for frame in ("我姓{{{}}}", "免贵姓{{{}}}。", "你好，我姓{{{}}}，想问一下套餐", "叫我{{{}}}女士就好"):
            yield _customer(frame.format(name))
        for frame in (
            "{{{}}}女士您好",
            "好的，{{{}}}先生，请稍等",
            "让您久等了{{{}}}小姐",
            "请问{{{}}}先生还有别的需要吗",
            "{{{}}}阿姨您别着急",
        ):
            yield Said((("agent", frame.format(name)),))
        yield Said((("agent", "请问您贵姓？"), ("customer", f"{{{name}}}。")))
        yield Said((("agent", "请问您贵姓？"), ("customer", f"姓{{{name}}}")))
        yield Said((("agent", "请问您贵姓？"), ("customer", f"信{{{name}}}")))
        yield Said((("customer", "你好，我姓"), ("customer", f"{{{name}}}。")))
    for name in ("耳东陈", "弓长张", "立早章", "木子李"):
        yield Said((("agent", "请问您贵姓？"), ("customer", f"免贵姓{{{name}}}。")))
        yield Said((("agent", "请问您贵姓？"), ("customer", f"{{{name}}}。")))
    for text in ("谢谢{王}女士", "感谢{谢}先生", "谢谢{谢}女士", "谢谢，{谢}女士"):
        yield Said((("agent", text),))
    for name in FULL_NAMES:
        for frame in ("我找一下{{{}}}", "我找{{{}}}，他在吗", "留我爸{{{}}}", "是我爱人{{{}}}的号码"):
            yield _customer(frame.format(name))
        yield Said((("agent", f"{{{name}}}您好"),))
        yield Said((("agent", f"好的，{{{name}}}，您好"),))
        stalls = (("customer", "我看看啊"), ("agent", "好的，不着急"), ("customer", "等一下"), ("customer", "嗯"))
        yield Said((("agent", "请问机主名字是什么"), *stalls, ("customer", f"{{{name}}}")))
    for name in ("迪丽热巴", "买买提江", "赛娜", "阿依古丽", "次仁卓玛"):
        yield Said((("agent", "请问您贵姓"), ("customer", f"{{{name}}}")))
        yield Said((("agent", "请问机主姓名"), ("customer", f"嗯，{{{name}}}。")))
        yield Said((("agent", f"{{{name}}}女士您好"),))
        if len(name) > 2:
            yield _customer(f"我叫{{{name}}}")
            yield _customer(f"你好，我叫{{{name}}}，我要查话费")
    for name in ("段", "洪", "常", "赖", "代", "强", "初", "萧", "来", "展", "水", "费", "南"):
        for frame in ("{{{}}}先生您好", "好的{{{}}}女士，请稍等", "请问{{{}}}先生还有别的需要吗"):
            yield Said((("agent", frame.format(name)),))
    for name in ("段永平", "洪秀英", "常小红", "赖文博", "代小红", "萧晓燕", "初雪梅", "强国庆"):
        yield Said((("agent", "请问机主姓名"), ("customer", f"{{{name}}}")))
        yield Said((("agent", f"机主是{{{name}}}吗"),))
        yield Said((("agent", f"{{{name}}}先生您好"),))


SHOWN = {
    "价格、日期、时长": [
        *(_customer(f"{a}元、{b}元和{c}元") for a in (18, 58, 128) for b in (158, 199) for c in (238, 1299)),
        *(_customer(f"{a}、{b}、{c}、{d}") for a in (18, 58) for b in (88, 98) for c in (128, 158) for d in (199, 238)),
        *(
            _customer(text)
            for text in (
                "套餐有19、29、39、59元",
                "每个月五十九块钱",
                "流量1024兆，语音500分钟",
                "今天是2026年11月2日",
                "二零二六年三月",
                "一百二十三万四千五百六十七元",
                "网速有100兆、200兆、300兆、500兆",
                "验证码有效期是5分钟",
                "验证码发到您手机了，请在60秒内输入",
                "预存100送100",
                "十二点三十五分",
                "降到百分之三十",
                "我要一二三",
                "密码重置好了，还有1024兆流量",
                "2.5元一条",
            )
        ),
    ],
    "客服热线、工号": [
        Said((("agent", text),))
        for text in (
            "您拨打10086或者10000",
            "投诉可以打12300",
            "工号1001为您服务",
            "工号八零二幺为您服务",
            "请拨打95598",
        )
    ],
    "坐席自己的姓名": [
        Said((("agent", text),))
        for text in (
            "您好，我是小李，工号八零二幺",
            "您好，我叫李敏，很高兴为您服务",
            "我姓王，有事可以找我",
            "我是客服王芳",
            "您好，我是客户经理张磊",
            "我是小欧，请讲",
            "这里是电信客服，我是陈静，请问有什么可以帮您",
        )
    ]
    + [
        Said((("agent", "您好，我是小李"), ("customer", "李小姐你好，我问一下宽带"))),
        Said((("agent", "您好，我叫李敏"), ("customer", "李敏是吧，我记住了"))),
        Said((("agent", "我是客服小李"), ("customer", "你姓李是吧，李小姐"))),
        Said((("agent", "您好，我叫李敏"), ("customer", "李敏你好"))),
        Said((("agent", "您好，我叫李敏"), ("customer", "我找李敏，她在吗"))),
        Said((("agent", "您好，我叫李敏"), ("customer", "你叫李敏，我记住了"))),
        Said((("agent", "这里是电信客服李敏，请问有什么可以帮您吗"), ("customer", "李女士你好"))),
        Said((("agent", "我是客户经理张磊，您现在方便吗"), ("customer", "张磊你说"))),
        Said((("agent", "这里是高新区营业厅家庭业务组吗"),)),
    ],
    "像姓名的话": [
        Said(((role, text),))
        for role in ("customer", "agent")
        for text in (
            "这位先生您好",
            "好的女士，请稍等",
            "那先生您看可以吗",
            "我是想问一下话费",
            "我是江苏的",
            "我是说套餐的事",
            "机主是我本人",
            "机主是您吗",
            "名字叫什么",
            "我叫他来听",
            "叫人来修一下",
            "这叫什么服务",
            "姓名和证件号码都要",
            "老百姓办点事真难",
            "我是常用这个号码的",
            "您是安装宽带吗",
            "总共是五十九元",
            "我是高中生",
            "关于先生您说的问题",
            "对先生您说得对",
            "是不是方便的时候再打",
            "联系人可以不填",
            "户名改成公司的",
            "名下有两个号码",
            "需要机主本人办理",
            "我是白天打的",
            "不用叫师傅上门",
            "我是全球通用户",
            "成本人家不管",
            "老师傅上门看过了",
            "大哥您别急",
            "小时候就用这个号",
            "老同学介绍我来的",
            "姓什么不重要",
            "贵姓",
            "收件人是谁",
            "请问先生您贵姓",
            "我找一下单据",
            "我找一下商家。",
            "我要找安装师傅",
            "我想找金卡，找不到",
            "我找一下那个文件",
            "我要找经理",
            "我找路由器",
            "我爸方便",
            "我妈高血压，你别急",
            "我儿子高三",
            "我老婆单位的号",
            "我爱人时间不多",
            "我女儿成年了",
            "安徽移动您好",
            "江苏您好",
            "高级客服您好",
            "温馨提示您好",
            "我叫车了",
            "我叫外卖",
            "我叫阿姨来听",
            "我在拉萨",
            "西宁的号",
            "行，先生您说",
            "谢谢女士",
            "感谢先生的理解",
            "老客户先生",
            "对不起先生",
            "您爱人先生到场",
            "需要先生本人到场",
            "我找一下管理员",
            "我妈常年在外",
            "我爸高兴。",
            "好的请先生稍等",
            "哎先生您别急",
            "男士女士都可以办",
            "我先生的号码",
            "老先生您慢点说",
            "机主先生您好",
            "另一位女士打来的",
            "我是代理商",
            "我是初中毕业",
            "我是党员。",
            "机主是代办的",
            "机主是常用联系人",
            "联系人是代理人吗",
            "机主是强制实名的",
            "叫代驾就不用了",
            "叫代理商来办",
            "姓名写籍贯那一栏",
        )
    ]
    + [
        Said((("agent", "请问您怎么称呼？"), ("customer", text)))
        for text in (
            "方便。",
            "我先问一下话费",
            "不用了",
            "没关系，直接查吧",
            "对。",
            "嗯，好的",
            "时间不多",
            "马上",
            "什么意思？",
            "代办。",
            "我看看啊",
            "等一下",
            "西藏的",
            "信号不好",
            "信不过你",
            "性别吗",
            "都可以",
            "达不到",
            "其他的呢",
            "常用的。",
            "习惯了",
            "强制的吗",
            "初一。",
        )
    ],
}
