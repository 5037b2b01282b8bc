t --help
t
t flub
t plan
t plan flub
t plan --help
t plan activate --help
t plan activate
t plan activate a b
t plan activate a --flub
t plan activate a --expect x
t plan activate a --expect
t plan activate a --yes=1
t product add a --auth none --auth token
t help plan suspend
t help nothing
t plan list
t plan list --json
NOW=yesterday
t plan list
