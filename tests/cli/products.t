t init --dry-run
t init
t init
t product add aroma
t product add aroma
t product add 'a/b'
t product add 'a b'
t product add "$(printf 'a\001b')"
t product add 01234567890123456789012345678901234567890123456789012345678901234
t product add lab --auth none --signatures 0
t product set lab --auth maybe
t product set lab --languages en
t product set nope --auth token
t product set aroma --unknown-devices enrol --enrolment-token
t product list
t product list --json
t product show lab
t component add aroma STM32 --type mcu
t component add aroma STM32 --type mcu
t component add aroma battery --type mcu
t component add aroma X --type toaster
t component add aroma module --type module --dry-run
t component list aroma
t component set aroma STM32 --type module
t component list aroma --json
t component remove aroma nope
t component remove aroma STM32
t product remove lab
t product remove lab
t product list --db /nonexistent/fleet.db
t product list --json --db /nonexistent/fleet.db
