package org.imagesynset.walls;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The walls between the plugin's packages. Each is broken once, by the classes below {@code
 * org.imagesynset.walls.broken}, so that it is known to hold something up.
 */
class WallsTests {
    private static final String PLUGIN = "org.imagesynset";
    private static final String BROKEN = "org.imagesynset.walls.broken";
    private static final int MOST_CLASSES = 15;
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(location -> location.contains("/test-classes/") == false)
                    .importPackages(PLUGIN);

    /** A rule about the packages below a base. */
    enum Wall {
        NO_CIRCLES {
            @Override
            ArchRule below(String base) {
                return slices().matching(base + ".(**)").should().beFreeOfCycles();
            }
        },
        NOBODY_USES_THE_WIRING {
            @Override
            ArchRule below(String base) {
                return noClasses()
                        .that(resideInAPackage(base + "..").and(not(resideInAPackage(base))))
                        .should()
                        .dependOnClassesThat(resideInAPackage(base));
            }
        },
        A_QUERY_KNOWS_NO_SIDECAR {
            @Override
            ArchRule below(String base) {
                return noClasses()
                        .that(resideInAPackage(base + ".query.."))
                        .should()
                        .dependOnClassesThat(
                                resideInAnyPackage(
                                        base + ".http",
                                        base + ".sidecar",
                                        base + ".queue",
                                        base + ".settings",
                                        "java.net.http"));
            }
        },
        DOCUMENTS_KNOW_THE_SIDECARS_API_ALONE {
            @Override
            ArchRule below(String base) {
                return noClasses()
                        .that(resideInAPackage(base + ".ingest"))
                        .should()
                        .dependOnClassesThat(
                                resideInAPackage(base + ".http")
                                        .and(not(simpleName("SidecarApi")))
                                        .and(not(simpleName("SidecarFailure")))
                                        .and(not(simpleName("ModelDetails"))));
            }
        },
        COMPATIBILITY_KNOWS_NOBODY {
            @Override
            ArchRule below(String base) {
                return noClasses()
                        .that(resideInAPackage(base + ".compat"))
                        .should()
                        .dependOnClassesThat(
                                resideInAPackage(base + "..")
                                        .and(not(resideInAPackage(base + ".compat"))));
            }
        },
        ONLY_THE_DOOR_SPEAKS_HTTP {
            @Override
            ArchRule below(String base) {
                return noClasses()
                        .that(
                                resideInAPackage(base + "..")
                                        .and(not(resideInAPackage(base + ".http"))))
                        .should()
                        .dependOnClassesThat(resideInAPackage("java.net.http"));
            }
        };

        abstract ArchRule below(String base);
    }

    @ParameterizedTest
    @EnumSource
    void holds(Wall wall) {
        wall.below(PLUGIN).check(CLASSES);
    }

    @ParameterizedTest
    @EnumSource
    void isKnownToFall(Wall wall) {
        JavaClasses broken = new ClassFileImporter().importPackages(BROKEN);
        assertThrows(AssertionError.class, () -> wall.below(BROKEN).check(broken));
    }

    @Test
    void noPackageIsCrowded() {
        Map<String, Long> crowded =
                CLASSES.that(DescribedPredicate.describe("files", WallsTests::isAFile)).stream()
                        .collect(
                                Collectors.groupingBy(
                                        JavaClass::getPackageName,
                                        TreeMap::new,
                                        Collectors.counting()));
        assertTrue(crowded.size() > 8, crowded.toString());
        crowded.values().removeIf(count -> count <= MOST_CLASSES);
        assertTrue(crowded.isEmpty(), "more than " + MOST_CLASSES + " classes: " + crowded);
    }

    private static boolean isAFile(JavaClass type) {
        return type.isTopLevelClass() && type.getSimpleName().equals("package-info") == false;
    }
}
