using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Abstractions.Tenancy;

/// <summary>The interface's words for grants, both ways: those of an inventory role's members, and a device permission's <c>SCOPE:fragment:LEVEL</c>.</summary>
public static class GrantWords
{
    private static readonly string[] Scopes = ["*", "ALARM", "AUDIT", "EVENT", "MANAGED_OBJECT", "MEASUREMENT", "OPERATION"];
    private static readonly string[] Levels = ["*", "READ", "ADMIN"];

    /// <summary>All words for scopes, for people.</summary>
    public static string AllScopes => string.Join(", ", Scopes);

    /// <summary>All words for levels, for people.</summary>
    public static string AllLevels => string.Join(", ", Levels);

    public static string Word(this GrantScope scope) => Scopes[(int)scope];

    public static string Word(this GrantLevel level) => Levels[(int)level];

    public static bool TryParse(string? word, out GrantScope scope)
    {
        var index = Array.IndexOf(Scopes, word);
        scope = (GrantScope)Math.Max(index, 0);
        return index >= 0;
    }

    public static bool TryParse(string? word, out GrantLevel level)
    {
        var index = Array.IndexOf(Levels, word);
        level = (GrantLevel)Math.Max(index, 0);
        return index >= 0;
    }

    public static string Text(this Grant grant) => $"{grant.Scope.Word()}:{grant.Type}:{grant.Level.Word()}";

    /// <summary>Reads a device permission; false when it is none. The name of a fragment may itself hold colons.</summary>
    public static bool TryParse(string text, out Grant grant)
    {
        grant = default;
        var (first, last) = (text.IndexOf(':', StringComparison.Ordinal), text.LastIndexOf(':'));
        if (first == last || !TryParse(text[..first], out GrantScope scope) || !TryParse(text[(last + 1)..], out GrantLevel level)) return false;
        grant = new Grant(scope, level, text[(first + 1)..last]);
        return IsType(grant.Type);
    }

    /// <summary>Whether a fragment can be named so.</summary>
    public static bool IsType(string? name) => name is { Length: > 0 and <= Limits.FragmentNameCharsMax } && !name.Any(char.IsControl);
}
