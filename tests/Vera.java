import java.io.File;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;

/** Judges PDF files by PDF/A-3a and prints one line for each: its name, "ok" or the rules it breaks. */
class Vera {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        ValidationProfile profile;
        try (InputStream rules = Vera.class.getResourceAsStream("/org/verapdf/pdfa/validation/PDFA-3A.xml")) {
            profile = Profiles.profileFromXml(rules);
        }
        for (String file : files) {
            System.out.println(new File(file).getName() + "\t" + judge(file, profile));
        }
    }

    static String judge(String file, ValidationProfile profile) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(file));
                PDFAValidator validator = Foundries.defaultInstance().createValidator(profile, false)) {
            ValidationResult result = validator.validate(parser);
            TreeSet<String> broken = new TreeSet<>();
            for (TestAssertion each : result.getTestAssertions()) {
                broken.add(each.getRuleId().getClause() + "-" + each.getRuleId().getTestNumber());
            }
            return result.isCompliant() ? "ok" : String.join(" ", broken);
        }
    }
}
