# What the three drivers offer: one with names, two with descriptions, and instances that share one resource.
plan 5

all_types='mbochs
  mbochs-large
    Available instances: 4
    Device API: vfio-pci
    Name: mbochs-large
    Description: virtual display, 64 MB video memory
  mbochs-medium
    Available instances: 16
    Device API: vfio-pci
    Name: mbochs-medium
    Description: virtual display, 16 MB video memory
  mbochs-small
    Available instances: 64
    Device API: vfio-pci
    Name: mbochs-small
    Description: virtual display, 4 MB video memory
mdpy
  mdpy-hd
    Available instances: 4
    Device API: vfio-pci
    Name: mdpy-hd
    Description: virtual display, 1920x1080 framebuffer
  mdpy-vga
    Available instances: 4
    Device API: vfio-pci
    Name: mdpy-vga
    Description: virtual display, 640x480 framebuffer
  mdpy-xga
    Available instances: 4
    Device API: vfio-pci
    Name: mdpy-xga
    Description: virtual display, 1024x768 framebuffer
mtty
  mtty-1
    Available instances: 24
    Device API: vfio-pci
    Name: Single port serial
  mtty-2
    Available instances: 12
    Device API: vfio-pci
    Name: Dual port serial'

mtty_json='[
  {
    "mtty": [
      {
        "mtty-1": {
          "available_instances": 24,
          "device_api": "vfio-pci",
          "name": "Single port serial"
        }
      },
      {
        "mtty-2": {
          "available_instances": 12,
          "device_api": "vfio-pci",
          "name": "Dual port serial"
        }
      }
    ]
  }
]'

mdpy_json='[
  {
    "mdpy": [
      {
        "mdpy-hd": {
          "available_instances": 3,
          "device_api": "vfio-pci",
          "name": "mdpy-hd",
          "description": "virtual display, 1920x1080 framebuffer"
        }
      },
      {
        "mdpy-vga": {
          "available_instances": 3,
          "device_api": "vfio-pci",
          "name": "mdpy-vga",
          "description": "virtual display, 640x480 framebuffer"
        }
      },
      {
        "mdpy-xga": {
          "available_instances": 3,
          "device_api": "vfio-pci",
          "name": "mdpy-xga",
          "description": "virtual display, 1024x768 framebuffer"
        }
      }
    ]
  }
]'

check 'types shows what every driver offers, sorted by parent and type' \
    'mdevctl types' \
    succeeds 'prints "$all_types"'
check 'types of one parent as JSON holds numbers, and no description where the driver gives none' \
    'mdevctl types --parent mtty --dumpjson' \
    succeeds 'prints "$mtty_json"'
check 'a started device takes an instance of every type that shares its resource' \
    'echo $uuid_a > /sys/class/mdev_bus/mdpy/mdev_supported_types/mdpy-vga/create; mdevctl types -p mdpy --dumpjson' \
    succeeds 'prints "$mdpy_json"'
rmmod mtty mdpy
check 'types without a driver leaves its parent out' \
    'mdevctl types' \
    succeeds '[ "$(grep -c "^[a-z]" /tmp/stdout)" -eq 1 ]' 'grep -q "^mbochs$" /tmp/stdout'
rmmod mbochs
check 'types without any driver is an empty JSON array' \
    'mdevctl types --dumpjson' \
    succeeds 'prints "[]"'
