//! Enums whose variants have a number on the wire and a name for people.

/// Defines such an enum. The numbers ascend from 0, which the compiler checks, and are never reused.
macro_rules! wire_enum {
    ($(#[$attribute:meta])* pub enum $Name:ident {
        $($(#[$doc:meta])* $Variant:ident = $number:literal, $name:literal;)+
    }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $Name {
            $($(#[$doc])* $Variant = $number,)+
        }

        impl $Name {
            /// All of them, in the order of their numbers.
            pub const ALL: [$Name; [$($number),+].len()] = {
                let all = [$($Name::$Variant),+];
                let mut index = 0;
                while index < all.len() {
                    assert!(all[index] as usize == index);
                    index += 1;
                }
                all
            };

            /// The name used in reports, `summary.json`, metrics and thresholds.
            pub const fn name(self) -> &'static str {
                match self {
                    $($Name::$Variant => $name,)+
                }
            }

            /// The one with this number on the wire, if there is one.
            pub fn from_index(index: u32) -> Option<$Name> {
                Self::ALL.get(index as usize).copied()
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

pub(crate) use wire_enum;
