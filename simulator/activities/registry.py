"""All activities by name: every line of `physiology-and-devices.md` 3.3 that is a movement."""

from simulator.activities import ground, seated, standing, turning, walking
from simulator.activities.script import Activity

ACTIVITIES: dict[str, Activity] = {
    activity.name: activity
    for activity in (
        Activity("weight_shift", "weight goes from foot to foot", "standing", "none", standing.weight_shift),
        Activity("heel_raises", "up on the balls of both feet", "standing", "none", standing.heel_raises),
        Activity("single_leg_stand", "one foot held up", "standing", "none", standing.single_leg_stand),
        Activity("sit_to_stand", "up from a chair and back", "standing", "none", standing.sit_to_stand),
        Activity("kneeling", "down on one knee and up", "standing", "none", standing.kneeling),
        Activity("seated_marching", "knees up in turn on a chair", "seated", "none", seated.marching),
        Activity("seated_kicks", "the knee straightens on a chair", "seated", "none", seated.kicks),
        Activity("leg_crossing", "one leg over the other", "seated", "none", seated.leg_crossing),
        Activity("foot_tapping", "toes tap, heels bounce", "seated", "none", seated.foot_tapping),
        Activity("vehicle", "sitting in a vehicle that shakes", "seated", "none", seated.vehicle),
        Activity("toe_walk", "exercise: steps on the toes", "walking", "tolerated", walking.toe_walk),
        Activity("heel_walk", "exercise: steps on the heels", "walking", "wanted", walking.heel_walk),
        Activity("exaggerated_marching", "steps, knees high", "walking", "wanted", walking.exaggerated_marching),
        Activity("turn_on_the_spot", "a full turn in small steps", "walking", "wanted", turning.turn_on_the_spot),
        Activity("half_turn", "walks, turns by 180 deg, walks back", "walking", "wanted", turning.half_turn),
        Activity("start_and_stop", "a few strides, then standing", "walking", "wanted", walking.start_and_stop),
        Activity("shuffling", "short flat steps", "walking", "wanted", walking.shuffling),
        Activity("backward_steps", "steps backwards", "walking", "tolerated", turning.backward_steps),
        Activity("side_steps", "steps sideways", "walking", "tolerated", turning.side_steps),
        Activity("slow_gait", "0.2 to 0.4 m/s", "walking", "wanted", walking.slow),
        Activity("festination", "steps that become faster and smaller", "walking", "wanted", walking.festination),
        Activity("stairs_up", "toes first, no heel", "walking", "wanted", ground.stairs_up),
        Activity("stairs_down", "forefoot first", "walking", "wanted", ground.stairs_down),
        Activity("ramp_up", "up 5 deg", "walking", "wanted", ground.ramp_up),
        Activity("ramp_down", "down 5 deg", "walking", "wanted", ground.ramp_down),
        Activity("obstacle", "steps over something low", "walking", "wanted", ground.obstacle),
        Activity("uneven_ground", "stones under the feet", "walking", "wanted", ground.uneven_ground),
        Activity("carpet", "soft floor", "walking", "wanted", ground.carpet),
        Activity("cane", "slow, one leg spared", "walking", "wanted", walking.cane),
        Activity("toe_first", "lands on the toes, no heel at all", "walking", "wanted", walking.toe_first),
        Activity("heel_stays_loaded", "the heel never unloads", "walking", "wanted", walking.heel_stays_loaded),
    )
}
