namespace Bailiwick.Grains.Abstractions.Tenancy;

/// <summary>
/// Which clients a tenant lets sign in by name and password over HTTP. They are told by what they say of themselves (<c>User-Agent</c>): it keeps honest
/// clients to the rule and is no wall against others.
/// </summary>
/// <param name="Trusted">A client whose text holds one of these is let in, whatever else is said.</param>
/// <param name="Forbidden">... and one of these is not.</param>
/// <param name="ForbidsBrowsers">Whether browsers are kept out that neither list names.</param>
[GenerateSerializer, Immutable, Alias("AgentRules")]
public sealed record AgentRules(IReadOnlyList<string> Trusted, IReadOnlyList<string> Forbidden, bool ForbidsBrowsers)
{
    // What every browser has begun with since there were several.
    private const string Browsers = "Mozilla/";

    public static readonly AgentRules None = new([], [], false);

    /// <summary>Whether everybody is let in.</summary>
    public bool AdmitAll => Forbidden.Count == 0 && !ForbidsBrowsers;

    /// <summary>Whether a client that says this of itself is let in; one that says nothing is no browser.</summary>
    public bool Admit(string agent)
    {
        foreach (var trusted in Trusted)
            if (agent.Contains(trusted, StringComparison.Ordinal))
                return true;
        foreach (var forbidden in Forbidden)
            if (agent.Contains(forbidden, StringComparison.Ordinal))
                return false;
        return !ForbidsBrowsers || !agent.StartsWith(Browsers, StringComparison.Ordinal);
    }
}

/// <summary>How a tenant's users sign in by name and password: the interface's login option <c>BASIC</c>.</summary>
/// <param name="IsVisible">Whether a login page offers it. It is open all the same.</param>
[GenerateSerializer, Immutable, Alias("BasicSignIn")]
public sealed record BasicSignIn(string ProviderName, bool IsVisible, AgentRules Agents)
{
    public static readonly BasicSignIn Default = new("Bailiwick", true, AgentRules.None);
}

/// <summary>A change of it; null leaves a field as it is.</summary>
[GenerateSerializer, Immutable, Alias("BasicSignInChange")]
public sealed record BasicSignInChange(string? ProviderName, bool? IsVisible, AgentRules? Agents);
