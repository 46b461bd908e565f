using System.Text.Json;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// The <c>text</c> filter: the words wanted stand, next to each other and whatever their case, in one string value of the
/// document. A word ends where letters and digits do.
/// </summary>
internal static class TextMatch
{
    public static bool Holds(ManagedObject document, string wanted)
    {
        if (HasWords(document.Name, wanted) || HasWords(document.Type, wanted) || HasWords(document.Owner, wanted)) return true;
        foreach (var fragment in document.Fragments.Items)
        {
            var reader = new Utf8JsonReader(fragment.Json);
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.String && HasWords(reader.GetString(), wanted))
                    return true;
        }
        return false;
    }

    private static bool HasWords(string? text, string wanted)
    {
        if (text is null) return false;
        for (var at = 0; (at = text.IndexOf(wanted, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            var end = at + wanted.Length;
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end]))) return true;
            if (at + 1 >= text.Length) break;
        }
        return false;
    }
}
