"""Tells rubric writers what each kind of rule does and which keys all rules share."""

from __future__ import annotations

import sys

from qa.judge.kinds import KINDS

SHARED_KEYS = """\
各类规则共用的键：

```yaml
  id: closing               # 英文名，定了就不改；code 是念得出来的编号，name 是成绩单上的名字，source 是出处
  deduct: 2                 # 每一处扣几分（整数）
  max_deduct: 4             # 可省：一通最多扣几分
  veto: true                # 可省：一票否决，整通 0 分并交人工
  off: true                 # 可省：不考核这一条
  message: 说的是“{quote}”    # 可省：成绩单上的话，{quote} 是原话
  advice: …                 # 可省：辅导建议；better 是更好的说法，note 是给改评分表的人看的
  applies:                  # 可省：应检则检，不满足的通话记“不适用”并写明原因
    customer_speaks: true           # 客户说了话（不是无声电话）
    customer_hung_up_first: false   # 不是客户先挂机
    closed_with: {lexicon: [farewell]}   # 坐席最后说过这些话，就不算客户先挂机
    stereo: true                    # 双声道录音
    start_time_known: true          # 话单里有通话时刻
    tags: [骚扰]                    # 话单里的标签或业务类型；not_tags 是不能有的
    min_duration: 20s               # 通话至少多久
    min_agent_syllables: 30         # 坐席至少说了多少音节；min_agent_talk: 20s 是至少说了多久
    said: [{who: customer, any_of: [投诉]}]   # 说到过；not_said 是没说到过
  except:                   # 可省：例外，扣分的地方附近说过这些话就不扣
    - {who: customer, any_of: [等一下], before: 10s, after: 3s}   # anywhere_before: true 是之前任何时候；up_to: 60s 是只管这么长以内的
  examples:                 # 必写：good 不该扣的，bad 该扣的；qa check 会真的跑一遍
    good: [["客户：我要投诉", "坐席：非常抱歉"]]
    bad: [["客户：我要投诉", "[9]坐席：哦"]]      # [9] 是第 9 秒开始说
```

找说法的地方（any_of 等）可以写：

```yaml
  any_of: [你自己想办法, 喂说(吧|话)]     # 直接列说法
  any_of:
    lexicon: [forbidden, impatient]      # 词表名
    say: [你自己想办法]                   # 再加几句；exact 只认字不认音，words 要是完整的词
    except: [你自己想办法的话]            # 盖住了就不算
    without: [thanks]                    # 这些词表里的说法不算
```"""


def explain_kinds() -> dict[str, str]:
    """For each kind of rule, what rubric writers need to know: Chinese, with an example in YAML."""
    return {
        name: f"{(sys.modules[kind.__module__].__doc__ or '').strip()}\n\n{SHARED_KEYS}" for name, kind in KINDS.items()
    }
