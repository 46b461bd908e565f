namespace Bailiwick.Compatibility.Tests;

/// <summary>The passwords of the first start, where a test gives them.</summary>
public static class FirstPasswords
{
    /// <summary>Of <c>admin</c> in the default tenant.</summary>
    public const string Admin = "Admin-of-the-test-1";

    /// <summary>Of <c>admin</c> in <c>management</c>.</summary>
    public const string Management = "Operator-of-the-test-1";

    /// <summary>Of <c>management/devicebootstrap</c>.</summary>
    public const string Device = "Bootstrap-of-the-test-1";
}
